// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses the equation of an Einsum.
#include "dialects/Onnx/Evaluate/Einsum.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace retort::onnx;

/// The labels of a term with `width` axes in its ellipsis; nullopt where it is malformed.
static std::optional<std::string> labelsOf(llvm::StringRef term, int64_t width) {
  std::string labels;
  for (size_t i = 0; i < term.size(); ++i) {
    if (term.substr(i).starts_with("...")) {
      for (int64_t axis = 0; axis < width; ++axis)
        labels += char('9' - width + 1 + axis);
      i += 2;
    } else if (llvm::isAlpha(term[i])) {
      labels += term[i];
    } else if (term[i] != ' ') {
      return std::nullopt;
    }
  }
  return labels;
}

std::optional<EinsumEquation> EinsumEquation::parse(llvm::StringRef equation,
                                                    llvm::ArrayRef<int64_t> ranks) {
  auto [left, right] = equation.split("->");
  llvm::SmallVector<llvm::StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != ranks.size())
    return std::nullopt;
  EinsumEquation result;
  int64_t widest = 0;
  for (auto [term, rank] : llvm::zip_equal(terms, ranks)) {
    int64_t letters = llvm::count_if(term, llvm::isAlpha),
            width = term.contains("...") ? rank - letters : 0;
    if (width < 0 || width > 10)
      return std::nullopt;
    auto labels = labelsOf(term, width);
    if (!labels || int64_t(labels->size()) != rank)
      return std::nullopt;
    result.operands.push_back(*labels);
    widest = std::max(widest, width);
  }
  if (equation.contains("->")) {
    auto labels = labelsOf(right, widest);
    if (!labels)
      return std::nullopt;
    // Each label of the result is one of an operand, and there once.
    for (char label : *labels)
      if (llvm::count(*labels, label) != 1 ||
          llvm::none_of(result.operands,
                        [&](const std::string &each) { return llvm::is_contained(each, label); }))
        return std::nullopt;
    result.output = *labels;
    return result;
  }
  // Implicit: the ellipsis, then the labels that occur once, in the order of the alphabet.
  result.output = *labelsOf("...", widest);
  std::map<char, int> count;
  for (const std::string &operand : result.operands)
    for (char label : operand)
      ++count[label];
  for (auto [label, times] : count)
    if (times == 1 && llvm::isAlpha(label))
      result.output += label;
  return result;
}
