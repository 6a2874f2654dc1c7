// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms that a matrix may get.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_CANDIDATE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_CANDIDATE_H

#include "lib/Rounding/CodeForm.h"

#include "llvm/Support/Error.h"

namespace retort {

/// `levels:3:16` or `integers:8:32`: bits, and inputs that share a scale.
struct Candidate {
  std::string name;
  CodeForm form;

  /// The error says what is expected.
  static llvm::Expected<Candidate> parse(llvm::StringRef text);
};

/// A comma between two.
llvm::Expected<std::vector<Candidate>> parseCandidates(llvm::StringRef text);

/// Where nobody names any: levels; in ONNX what it can store.
llvm::StringRef usualCandidates(bool isOnnx);

} // namespace retort

#endif
