// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms that a matrix may get.
#include "lib/Compress/Allocate/Candidate.h"

using namespace retort;
using llvm::StringRef;

llvm::Expected<Candidate> Candidate::parse(StringRef text) {
  auto [kind, sizes] = text.split(':');
  auto [bits, group] = sizes.split(':');
  Candidate result{text.str(), {}};
  bool isKind = kind == "levels" || kind == "integers";
  bool isNumbers = !bits.getAsInteger(10, result.form.code.bits) &&
                   !group.getAsInteger(10, result.form.groupSize);
  if (!isKind || !isNumbers)
    return llvm::createStringError("expects candidates such as levels:3:16 or integers:8:32, "
                                   "found '" +
                                   text.str() + "'");
  if (result.form.code.bits < 2 || result.form.code.bits > 8)
    return llvm::createStringError("expects candidates of 2 to 8 bits, found '" + text.str() + "'");
  if (result.form.groupSize < 0)
    return llvm::createStringError("expects candidates with groups of 0 or more, found '" +
                                   text.str() + "'");
  result.form.isLevels = kind == "levels";
  return result;
}

llvm::Expected<std::vector<Candidate>> retort::parseCandidates(StringRef text) {
  std::vector<Candidate> result;
  llvm::SmallVector<StringRef> words;
  text.split(words, ',', -1, /*KeepEmpty=*/false);
  for (StringRef word : words) {
    auto candidate = Candidate::parse(word.trim());
    if (!candidate)
      return candidate.takeError();
    result.push_back(std::move(*candidate));
  }
  if (result.empty())
    return llvm::createStringError("expects at least one candidate");
  return result;
}

StringRef retort::usualCandidates(bool isOnnx) {
  return isOnnx ? "integers:2:32,integers:4:32,integers:4:64,integers:4:128,integers:8:32,integers:"
                  "8:128"
                : "levels:2:32,levels:2:16,levels:3:32,levels:3:16,levels:4:32,levels:4:16,"
                  "levels:5:32,levels:6:32,levels:8:32";
}
