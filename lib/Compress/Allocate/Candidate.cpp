// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms that a matrix may get.
#include "lib/Compress/Allocate/Candidate.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Weights/OutputRows.h"

#include "dialects/Compress/Levels.h"

#include "llvm/Support/MathExtras.h"

using namespace retort;
using llvm::ArrayRef;
using llvm::StringRef;

static llvm::Error badCandidate(StringRef expected, StringRef found) {
  return llvm::createStringError("expects " + expected + ", found '" + found + "'");
}

static llvm::Error unknownCandidate(StringRef text) {
  return badCandidate("candidates such as levels:3:16, integers:8:32, integers:4:32:rtn, "
                      "sparse:2:4, rank:0.5 or plain",
                      text);
}

/// `BITS:GROUP`, and what may follow.
static llvm::Error parseCodes(Candidate &result, ArrayRef<StringRef> words) {
  StringRef text = result.name;
  bool isNumbers = words.size() >= 3 && !words[1].getAsInteger(10, result.form.code.bits) &&
                   !words[2].getAsInteger(10, result.form.groupSize);
  if (!isNumbers)
    return unknownCandidate(text);
  if (result.form.code.bits < 2 || result.form.code.bits > 8)
    return badCandidate("candidates of 2 to 8 bits", text);
  if (result.form.groupSize < 0)
    return badCandidate("candidates with groups of 0 or more", text);
  result.kind = Candidate::Kind::Codes;
  result.form.isLevels = words[0] == "levels";
  for (StringRef word : words.drop_front(3)) {
    result.isNearest |= word == "rtn";
    bool isForIntegers = word == "asym" || word == "f16";
    if (word != "rtn" && (!isForIntegers || result.form.isLevels))
      return unknownCandidate(text);
    if (word == "asym")
      result.form.code.symmetric = false;
    result.form.halfScales |= word == "f16";
  }
  return llvm::Error::success();
}

static llvm::Error parseSparse(Candidate &result, ArrayRef<StringRef> words) {
  SparsePattern &pattern = result.pattern;
  if (words.size() != 3 || words[1].getAsInteger(10, pattern.n) ||
      words[2].getAsInteger(10, pattern.m))
    return unknownCandidate(result.name);
  if (!(0 < pattern.n && pattern.n < pattern.m))
    return badCandidate("sparse candidates with 0 < n < m", result.name);
  result.kind = Candidate::Kind::Sparse;
  return llvm::Error::success();
}

static llvm::Error parseRank(Candidate &result, ArrayRef<StringRef> words) {
  if (words.size() != 2 || words[1].getAsDouble(result.share))
    return unknownCandidate(result.name);
  if (!(result.share > 0 && result.share < 1))
    return badCandidate("the share of a candidate of low rank above 0 and below 1", result.name);
  result.kind = Candidate::Kind::LowRank;
  return llvm::Error::success();
}

llvm::Expected<Candidate> Candidate::parse(StringRef text) {
  Candidate result;
  result.name = text.str();
  llvm::SmallVector<StringRef> words;
  StringRef(result.name).split(words, ':');
  llvm::Error error = words[0] == "levels" || words[0] == "integers" ? parseCodes(result, words)
                      : words[0] == "sparse"                         ? parseSparse(result, words)
                      : words[0] == "rank"                           ? parseRank(result, words)
                      : text == "plain"                              ? llvm::Error::success()
                                                                     : unknownCandidate(text);
  if (error)
    return std::move(error);
  return std::move(result);
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
  return isOnnx ? "integers:2:32:asym:f16,integers:2:64:asym:f16,integers:4:32:f16,"
                  "integers:4:64:f16,integers:4:64:asym:f16,integers:4:128:asym:f16,"
                  "integers:8:128:f16"
                : "levels:2:32,levels:2:16,levels:3:32,levels:3:16,levels:4:32,levels:4:16,"
                  "levels:5:32,levels:6:32,levels:8:32";
}

int64_t Candidate::rankOf(int64_t outputs, int64_t inputs) const {
  return int64_t(share * double(outputs) * double(inputs) / double(outputs + inputs));
}

std::string Candidate::whyNot(const LinearWeight &weight) const {
  OutputRows rows(weight);
  switch (kind) {
  case Kind::Codes:
    return form.whyNot(weight).str();
  case Kind::Sparse:
    return pattern.whyNot(weight).str();
  case Kind::LowRank:
    if (std::string reason = whyNotFactored(weight); !reason.empty())
      return reason;
    return rankOf(rows.outputs(), rows.inputs()) > 0 ? "" : "has no rank that is that small";
  case Kind::Plain:
    return "";
  }
  llvm_unreachable("a candidate of no kind");
}

/// ONNX has integers of 2, 4 and 8 bits; levels become places in a table, see LevelsLookups.h.
static int64_t bytesInOnnx(const CodeForm &form, int64_t outputs, int64_t inputs,
                           mlir::FloatType element) {
  CodeForm stored = form;
  stored.code.bits = unsigned(llvm::PowerOf2Ceil(form.code.bits));
  if (!form.isLevels)
    return int64_t(stored.bytes(outputs, inputs, element));
  int64_t bits = stored.code.bits,
          scales = outputs * llvm::divideCeil(inputs, form.groupOf(inputs)),
          tables = (int64_t(1) << form.code.bits) + compress::ScaleLadder::count;
  return llvm::divideCeil(outputs * inputs * bits, 8) + scales + tables * sizeof(float) +
         inputs * sizeof(int64_t);
}

/// As kernels read it: the six bits of a scale's index lie in whole bytes for each column.
static int64_t bytesInKernels(const CodeForm &form, const LinearWeight &weight) {
  auto bytes = int64_t(form.bytes(weight));
  if (!form.isLevels)
    return bytes;
  OutputRows rows(weight);
  int64_t groups = llvm::divideCeil(rows.inputs(), form.groupOf(rows.inputs()));
  int64_t whole = rows.outputs() * (llvm::divideCeil(groups, 2) + llvm::divideCeil(groups, 4));
  return bytes + whole - llvm::divideCeil(rows.outputs() * groups * 6, 8);
}

int64_t Candidate::bytes(const LinearWeight &weight, bool isOnnx) const {
  OutputRows rows(weight);
  int64_t numbers = rows.outputs() * rows.inputs(), width = weight.element().getWidth() / 8;
  switch (kind) {
  case Kind::Codes:
    return isOnnx ? bytesInOnnx(form, rows.outputs(), rows.inputs(), weight.element())
                  : bytesInKernels(form, weight);
  case Kind::Sparse: {
    int64_t m = std::min(pattern.m, rows.inputs()),
            kept = llvm::divideCeil(rows.inputs(), m) * pattern.n * rows.outputs();
    return isOnnx ? numbers * width
                  : int64_t(llvm::divideCeil(numbers, 8)) + std::min(kept, numbers) * width;
  }
  case Kind::LowRank:
    return int64_t(bytesOfFactors(weight, rankOf(rows.outputs(), rows.inputs())));
  case Kind::Plain:
    return int64_t(weight.bytes());
  }
  llvm_unreachable("a candidate of no kind");
}
