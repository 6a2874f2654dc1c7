// Einsum: sums of products over named axes.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Lowering.h"

using namespace mlir;
using namespace retort;

namespace {
/// An equation with its labels; the axes under an ellipsis are labelled '0', '1', ... from the
/// back.
struct Equation {
  SmallVector<std::string> inputs;
  std::string output;
};
} // namespace

/// The labels of a term with its ellipsis written out.
static std::string expandEllipsis(StringRef term, int64_t axes) {
  std::string labels;
  for (size_t i = 0; i < term.size(); ++i) {
    if (term[i] == '.') {
      for (int64_t axis = axes; axis > 0; --axis)
        labels += char('0' + axis - 1);
      i += 2;
    } else if (term[i] != ' ') {
      labels += term[i];
    }
  }
  return labels;
}

static FailureOr<Equation> parseEquation(onnx::EinsumOp op, ArrayRef<int64_t> ranks) {
  auto [left, right] = op.getEquation().split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != ranks.size())
    return op.emitOpError() << "expects an equation with " << ranks.size() << " inputs, found '"
                            << op.getEquation() << "'";
  Equation equation;
  int64_t hidden = 0;
  for (auto [term, rank] : llvm::zip(terms, ranks)) {
    int64_t named = llvm::count_if(term, [](char c) { return isalpha(c); });
    bool hasEllipsis = term.contains("...");
    hidden = std::max(hidden, hasEllipsis ? rank - named : 0);
    equation.inputs.push_back(expandEllipsis(term, hasEllipsis ? rank - named : 0));
    if (int64_t(equation.inputs.back().size()) != rank)
      return op.emitOpError() << "expects '" << term.trim() << "' to name the " << rank
                              << " axes of its input";
  }
  if (op.getEquation().contains("->")) {
    equation.output = expandEllipsis(right, hidden);
    return equation;
  }
  // Implicit: the ellipsis, then labels that occur once, by the alphabet.
  std::string all;
  for (const std::string &input : equation.inputs)
    all += input;
  equation.output = expandEllipsis("...", hidden);
  for (char c = 'A'; c <= 'z'; ++c)
    if (llvm::count(all, c) == 1)
      equation.output += c;
  return equation;
}

/// The diagonal of an operand that names an axis twice.
static Value takeDiagonal(Emitter &e, Value tensor, std::string &labels) {
  std::string distinct;
  SmallVector<Value> sizes;
  for (auto [axis, label] : llvm::enumerate(labels))
    if (distinct.find(label) == std::string::npos) {
      distinct += label;
      sizes.push_back(e.dim(tensor, axis));
    }
  if (distinct == labels)
    return tensor;
  std::string before = labels;
  labels = distinct;
  return e.generate(sizes, elementType(tensor), [&](ValueRange indices) {
    SmallVector<Value> at;
    for (char label : before)
      at.push_back(indices[distinct.find(label)]);
    return e.extract(tensor, at);
  });
}

static Value lowerEinsum(Emitter &e, onnx::EinsumOp op) {
  SmallVector<Value> tensors =
      llvm::map_to_vector(op.getInputs(), [&](Value input) { return e.get(input); });
  auto equation =
      parseEquation(op, llvm::map_to_vector(tensors, [](Value tensor) { return rankOf(tensor); }));
  if (failed(equation))
    return {};
  Contraction product;
  std::string loops;
  for (auto [tensor, labels] : llvm::zip(tensors, equation->inputs)) {
    tensor = takeDiagonal(e, tensor, labels);
    SmallVector<int64_t> places;
    SmallVector<Value> kept;
    for (auto [axis, label] : llvm::enumerate(labels)) {
      Value size = e.dim(tensor, axis);
      size_t loop = loops.find(label);
      if (loop == std::string::npos) {
        loop = loops.size();
        loops += label;
        product.sizes.push_back(size);
      } else if (constantOf(product.sizes[loop]) == 1 ||
                 (constantOf(size) && constantOf(size) != 1)) {
        product.sizes[loop] = size;
      } else if (constantOf(size) != 1) {
        e.require(e.equal(product.sizes[loop], size), op,
                  "axes of the same name have different sizes");
      }
    }
  }
  for (auto [tensor, labels] : llvm::zip(tensors, equation->inputs)) {
    SmallVector<int64_t> places;
    SmallVector<Value> kept;
    for (auto [axis, label] : llvm::enumerate(labels)) {
      int64_t loop = loops.find(label);
      if (constantOf(e.dim(tensor, axis)) == 1 && constantOf(product.sizes[loop]) != 1)
        continue; // broadcast
      places.push_back(loop);
      kept.push_back(e.dim(tensor, axis));
    }
    product.operands.push_back(
        {kept.size() == labels.size() ? tensor : e.reshape(tensor, kept), places});
  }
  for (char label : equation->output)
    product.result.push_back(loops.find(label));
  // Sums go before the last axis of the result where an operand runs along that, else innermost.
  product.order = product.result;
  bool inner = !product.result.empty() && llvm::any_of(product.operands, [&](auto &operand) {
    return !operand.second.empty() && operand.second.back() == product.result.back();
  });
  for (int64_t loop = 0; loop < int64_t(loops.size()); ++loop)
    if (!llvm::is_contained(product.result, loop))
      product.order.insert(product.order.end() - inner, loop);
  return contract(e, product, resultElement(op));
}

void retort::addEinsumLowerings(Lowering &lowering) { lowering.add(lowerEinsum); }
