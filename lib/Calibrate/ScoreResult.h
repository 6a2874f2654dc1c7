// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compression cost, on text that no method has seen.
#ifndef RETORT_LIB_CALIBRATE_SCORERESULT_H
#define RETORT_LIB_CALIBRATE_SCORERESULT_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Text/Evaluate.h"

#include "llvm/Support/Error.h"

namespace retort {

struct Scored {
  double perplexityBefore, perplexityAfter;
  double kl; ///< in nats a token
  double topAgreement;
  int64_t tokens;
};

/// Scores a model before and after compression on windows that were held back; each is read once.
llvm::Expected<Scored> scoreResult(llvm::StringRef before, llvm::StringRef after,
                                   const CompileOptions &options,
                                   const std::vector<text::TokenIds> &windows);

/// The windows of a file of statistics that no method has seen. An error where there are none.
llvm::Expected<std::vector<text::TokenIds>> heldWindows(llvm::StringRef statistics);

/// The weights of a ledger whose outputs are farthest off, by `output_error`: at most `count`.
std::vector<std::pair<std::string, double>> worstWeights(llvm::StringRef ledger, size_t count);

} // namespace retort

#endif
