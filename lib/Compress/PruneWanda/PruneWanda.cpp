// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Zeroes the weights that matter least for the inputs of a sample.
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"
#include "lib/Weights/SparsePattern.h"
#include "lib/Weights/WeightMask.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNEWANDAPASS
#include "lib/Compress/PruneWanda/PruneWanda.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Keeps, of each block of inputs of an output, those with the highest scores; of equal ones the
/// later. `kept(inputs)` is how many of a block.
static WeightMask maskByScore(const OutputRows &rows, ArrayRef<float> weights,
                              ArrayRef<float> squares, int64_t block,
                              function_ref<int64_t(int64_t)> kept) {
  WeightMask mask(int64_t(weights.size()));
  std::vector<std::pair<float, int64_t>> scores;
  for (int64_t i = 0; i < rows.outputs(); ++i)
    for (int64_t begin = 0; begin < rows.inputs(); begin += block) {
      scores.clear();
      for (int64_t k = begin; k < std::min(begin + block, rows.inputs()); ++k)
        scores.push_back({std::abs(weights[i * rows.inputs() + k]) * std::sqrt(squares[k]), k});
      llvm::sort(scores);
      size_t gone = scores.size() - std::min<size_t>(scores.size(), kept(scores.size()));
      for (auto [score, k] : ArrayRef(scores).drop_front(gone))
        mask.keep(rows.elementAt(i, k));
    }
  return mask;
}

namespace {
struct PruneWandaPass : retort::impl::PruneWandaPassBase<PruneWandaPass> {
  using Base::Base;

  void apply(LinearWeight &weight, const StatisticsRecord &record) {
    OutputRows rows(weight);
    std::vector<float> weights = rows.gather(weight);
    int64_t block = m ? std::min<int64_t>(m, rows.inputs()) : rows.inputs();
    bool isReached = record.fitted.rows > 0;
    std::vector<float> alike(isReached ? 0 : rows.inputs(), 1);
    ArrayRef<float> squares = isReached ? record.fitted.sumOfSquares : ArrayRef(alike);
    WeightMask mask = maskByScore(rows, weights, squares, block, [&](int64_t inputs) {
      return m ? int64_t(n) : inputs - int64_t(sparsity * double(inputs));
    });
    std::vector<float> pruned(weights);
    for (int64_t i = 0; i < rows.outputs(); ++i)
      for (int64_t k = 0; k < rows.inputs(); ++k)
        if (!mask.keeps(rows.elementAt(i, k)))
          pruned[i * rows.inputs() + k] = 0;
    RelativeError error;
    error.add(weights, pruned);
    WeightChange change;
    change.bytesBefore = weight.bytes();
    change.weightError = error.value();
    change.magnitudes = error.magnitudes();
    m &&weight.values.isPlain() ? storeKept(weight, mask, n, block) : applyMask(weight, mask);
    change.bytesAfter = weight.bytes();
    auto remark = weightPassed(weight.loc(), getArgument(), weight.name(), change);
    remark << remark::metric("weights", int64_t(weights.size()))
           << remark::metric("pruned", int64_t(weights.size()) - mask.count());
    if (m)
      remark << remark::metric("n", int64_t(n)) << remark::metric("m", block);
    if (!isReached)
      remark << remark::reason("no row of the sample reached it: the smallest magnitudes went");
  }

  LogicalResult prune(LinearWeight &weight, const StatisticsRecord &record) {
    if (failed(weight.checkFinite()))
      return failure();
    apply(weight, record);
    return success();
  }

  void runOnOperation() override {
    if (failed(SparsePattern{sparsity, n, m}.verify(getOperation())))
      return signalPassFailure();
    auto whyNot = [&](const LinearWeight &weight) {
      StringRef reason = SparsePattern{sparsity, n, m}.whyNot(weight);
      return reason.empty() ? whyNotZeroed(weight) : reason;
    };
    auto pruneEach = [&](LinearWeight &weight, const StatisticsRecord &record) {
      return prune(weight, record);
    };
    if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, whyNot,
                                     pruneEach, {KeptSums::Moments, /*rows=*/false})))
      signalPassFailure();
  }
};
} // namespace
