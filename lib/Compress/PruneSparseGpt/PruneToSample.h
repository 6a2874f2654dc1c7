// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left of a weight, so that it computes of a sample what all of it did.
#ifndef RETORT_LIB_COMPRESS_PRUNESPARSEGPT_PRUNETOSAMPLE_H
#define RETORT_LIB_COMPRESS_PRUNESPARSEGPT_PRUNETOSAMPLE_H

#include "lib/Statistics/Statistics.h"
#include "lib/Weights/SparsePattern.h"

namespace retort {

/// A row for each output.
struct PrunedRows {
  std::vector<float> weights; ///< zeros where nothing is kept
  std::vector<char> kept;
};

/// By magnitude.
PrunedRows pruneByMagnitude(llvm::ArrayRef<float> rows, int64_t inputs, SparsePattern pattern);

/// SparseGPT, then `refine` steps of conjugate gradients; what magnitude keeps, fitted, where the
/// second moments have no factor. `damping` 0: by the size of the sample.
/// With `outputs` of the weight what is kept follows from A in place of H, and is fitted to tr(G E
/// A E'), by three times as many steps: all outputs are one system, which takes more.
PrunedRows pruneToSample(llvm::ArrayRef<float> rows, const StatisticsRecord &record,
                         SparsePattern pattern, double damping, int64_t refine,
                         const OutputStatistics *outputs = nullptr);

/// Puts it in the place of the weight: n of each m, or zeros among its numbers.
void storePruned(LinearWeight &weight, const PrunedRows &pruned, SparsePattern pattern);

} // namespace retort

#endif
