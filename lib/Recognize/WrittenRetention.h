// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Retention that is written out for a whole text: products masked by powers of a decay.
#ifndef RETORT_LIB_RECOGNIZE_WRITTENRETENTION_H
#define RETORT_LIB_RECOGNIZE_WRITTENRETENTION_H

#include "lib/Analysis/Samples.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// Replaces what is a retention by llm.retention; adds why what looks like one is none.
void recognizeWrittenRetention(mlir::func::FuncOp function, Refusals &missed);

/// Numbers W[h, i, j, c] of a text of T rows (j seen by i), read as a decay for each head and each
/// coordinate of keys:
///   W = scale[h, i] * decay[h, c]^(i - j) for j < i, scale[h, i] * own[h, c] for j = i, else 0
/// or, where rows are read before they are written, decay^(i - j - 1) for j < i.
struct DecayPowers {
  int64_t heads = 1, channels = 1;
  std::vector<double> logDecay; ///< heads x channels
  std::vector<double> bonus;    ///< heads x channels; empty: own is 1, by the first form
  enum Rows {
    Plain,
    RootOfSum,
    Sum
  } rows = Plain; ///< scale = (sum of decay^k for k <= i)^(0, -1/2, -1)

  /// `weights` is heads x rows x rows x channels, row-major. Fails with `reason`.
  static std::optional<DecayPowers> of(llvm::ArrayRef<double> weights, int64_t heads, int64_t rows,
                                       int64_t channels, std::string &reason);
};

} // namespace retort

#endif
