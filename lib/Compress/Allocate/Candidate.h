// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms that a matrix may get.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_CANDIDATE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_CANDIDATE_H

#include "lib/Rounding/CodeForm.h"
#include "lib/Weights/SparsePattern.h"

#include "llvm/Support/Error.h"

namespace retort {

/// `levels:3:16` or `integers:8:32` (bits, inputs that share a scale; behind them `:rtn`: rounded
/// to nearest, `:asym`: integers with zero points, `:f16`: their scales in f16), `sparse:2:4`,
/// `rank:0.5` (the share of the numbers that factors keep), `plain`.
struct Candidate {
  enum class Kind { Codes, Sparse, LowRank, Plain };

  std::string name;
  Kind kind = Kind::Plain;
  CodeForm form;          ///< of codes
  bool isNearest = false; ///< codes do not follow the sample
  SparsePattern pattern;  ///< what is kept of a sparse one
  double share = 0;       ///< of low rank

  /// The error says what is expected.
  static llvm::Expected<Candidate> parse(llvm::StringRef text);

  /// Why a weight cannot have this form; empty where it can.
  std::string whyNot(const LinearWeight &weight) const;
  /// The rank of the factors of such a matrix.
  int64_t rankOf(int64_t outputs, int64_t inputs) const;
  /// What the weight takes in this form: in native code, or as what ONNX has in its place.
  int64_t bytes(const LinearWeight &weight, bool isOnnx) const;
};

/// A comma between two.
llvm::Expected<std::vector<Candidate>> parseCandidates(llvm::StringRef text);

/// Where nobody names any: levels; in ONNX what it can store.
llvm::StringRef usualCandidates(bool isOnnx);

} // namespace retort

#endif
