// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left of a weight, so that it computes of a sample what all of it did.
#include "lib/Compress/PruneSparseGpt/PruneToSample.h"
#include "lib/Compress/PruneSparseGpt/FitKept.h"
#include "lib/Compress/PruneSparseGpt/FitKeptTwoSided.h"
#include "lib/Compress/PruneSparseGpt/Sweep.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/WeightMask.h"

using namespace retort;
using llvm::ArrayRef;

/// The same sweep where inputs have nothing to do with one another.
PrunedRows retort::pruneByMagnitude(ArrayRef<float> rows, int64_t inputs, SparsePattern pattern) {
  InverseFactor identity{ScratchArray<float>(inputs * inputs), 0};
  for (int64_t i = 0; i < inputs; ++i)
    identity.upper[i * inputs + i] = 1;
  PrunedRows result{rows.vec(), std::vector<char>(rows.size(), 1)};
  pruneWithFeedback(result.weights, result.kept, inputs, pattern, identity);
  return result;
}

static PrunedRows pruneTwoSided(ArrayRef<float> rows, const StatisticsRecord &record,
                                SparsePattern pattern, double damping, int64_t refine,
                                const OutputStatistics &outputs) {
  TwoSidedStatistics known(record, outputs, {0, /*actOrder=*/false, damping});
  PrunedRows result;
  if (known.inputFactor) {
    result = {rows.vec(), std::vector<char>(rows.size(), 1)};
    pruneWithFeedback(result.weights, result.kept, record.inputs, pattern, *known.inputFactor);
  } else {
    result = pruneByMagnitude(rows, record.inputs, pattern);
  }
  fitKeptTwoSided(result.weights, result.kept, rows, known.outputs, known.inputs, 3 * refine);
  return result;
}

PrunedRows retort::pruneToSample(ArrayRef<float> rows, const StatisticsRecord &record,
                                 SparsePattern pattern, double damping, int64_t refine,
                                 const OutputStatistics *outputs) {
  if (outputs)
    return pruneTwoSided(rows, record, pattern, damping, refine, *outputs);
  Hessian hessian = Hessian::of(record.fitted, record.inputs);
  double share = damping > 0 ? damping : usualDamping(record);
  auto factor = factorInverse(hessian, share);
  PrunedRows result;
  if (factor) {
    result = {rows.vec(), std::vector<char>(rows.size(), 1)};
    pruneWithFeedback(result.weights, result.kept, record.inputs, pattern, *factor);
  } else {
    result = pruneByMagnitude(rows, record.inputs, pattern);
  }
  hessian.damp(factor ? factor->damping : share);
  fitKept(result.weights, result.kept, rows, hessian, refine);
  return result;
}

void retort::storePruned(LinearWeight &weight, const PrunedRows &pruned, SparsePattern pattern) {
  OutputRows rows(weight);
  WeightMask mask(weight.values.size());
  for (int64_t i = 0; i < rows.outputs(); ++i)
    for (int64_t k = 0; k < rows.inputs(); ++k)
      if (pruned.kept[i * rows.inputs() + k])
        mask.keep(rows.elementAt(i, k));
  weight.setFloats(rows.scatter(pruned.weights));
  if (pattern.m)
    storeKept(weight, mask, pattern.n, pattern.m);
}
