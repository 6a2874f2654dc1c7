// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes weights, and lets those that are kept make up for them on a sample.
#include "lib/Compress/PruneSparseGpt/FitKept.h"
#include "lib/Compress/PruneSparseGpt/Sweep.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"
#include "lib/Weights/WeightMask.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNESPARSEGPTPASS
#include "lib/Compress/PruneSparseGpt/PruneSparseGpt.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// What is left of a weight, in rows of outputs.
struct Pruned {
  std::vector<float> weights;
  std::vector<char> kept;
};

class Pruner {
public:
  Pruner(LinearWeight &weight, const StatisticsRecord &record, SparsePattern pattern,
         double damping, int64_t refine)
      : weight(weight), record(record), pattern(pattern), damping(damping), refine(refine),
        rows(weight), original(rows.gather(weight)) {}
  void run(StringRef method);

private:
  Pruned fit(Pruned result);
  Pruned keepLargest() const;
  double errorOf(const Pruned &pruned, const Hessian &hessian) const;
  void store(const Pruned &pruned);

  LinearWeight &weight;
  const StatisticsRecord &record;
  SparsePattern pattern;
  double damping;
  int64_t refine;
  OutputRows rows;
  std::vector<float> original;
};
} // namespace

/// By magnitude: the same sweep where inputs have nothing to do with one another.
Pruned Pruner::keepLargest() const {
  int64_t inputs = record.inputs;
  InverseFactor identity{std::vector<float>(inputs * inputs), 0};
  for (int64_t i = 0; i < inputs; ++i)
    identity.upper[i * inputs + i] = 1;
  Pruned result{original, std::vector<char>(original.size(), 1)};
  pruneWithFeedback(result.weights, result.kept, inputs, pattern, identity);
  return result;
}

/// From the largest magnitudes, which stay where there is no factor.
Pruned Pruner::fit(Pruned result) {
  Hessian hessian = Hessian::of(record.fitted, record.inputs);
  double share = damping > 0 ? damping : usualDamping(record);
  auto factor = factorInverse(hessian, share);
  if (factor) {
    result.weights = original;
    pruneWithFeedback(result.weights, result.kept, record.inputs, pattern, *factor);
  }
  hessian.damp(factor ? factor->damping : share);
  fitKept(result.weights, result.kept, original, hessian, refine);
  return result;
}

double Pruner::errorOf(const Pruned &pruned, const Hessian &hessian) const {
  std::vector<float> error(original);
  for (size_t i = 0; i < error.size(); ++i)
    error[i] -= pruned.weights[i];
  return outputError(error, rows.outputs(), hessian);
}

void Pruner::store(const Pruned &pruned) {
  WeightMask mask(weight.values.size());
  for (int64_t i = 0; i < rows.outputs(); ++i)
    for (int64_t k = 0; k < rows.inputs(); ++k)
      if (pruned.kept[i * rows.inputs() + k])
        mask.keep(rows.elementAt(i, k));
  weight.setFloats(rows.scatter(pruned.weights));
  if (pattern.m)
    storeKept(weight, mask, pattern.n, pattern.m);
}

void Pruner::run(StringRef method) {
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  Pruned largest = keepLargest(), pruned = fit(largest);
  double norm = outputError(original, rows.outputs(), held), error = errorOf(pruned, held),
         errorOfLargest = errorOf(largest, held);
  bool isWorse = error > errorOfLargest;
  if (isWorse)
    pruned = std::move(largest);
  RelativeError difference;
  difference.add(original, pruned.weights);
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  store(pruned);
  change.bytesAfter = weight.bytes();
  auto share = [&](double part) { return norm > 0 ? std::sqrt(part / norm) : 0; };
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("weights", int64_t(pruned.kept.size()))
         << remark::metric("pruned", int64_t(llvm::count(pruned.kept, 0)))
         << remark::metric("output_error", share(std::min(error, errorOfLargest)))
         << remark::metric("output_error_magnitude", share(errorOfLargest));
  if (pattern.m)
    remark << remark::metric("n", pattern.n) << remark::metric("m", pattern.m);
  if (isWorse)
    remark << remark::reason("the smallest magnitudes went, which is closer on the rows held back");
}

namespace {
struct PruneSparseGptPass : retort::impl::PruneSparseGptPassBase<PruneSparseGptPass> {
  using Base::Base;

  LogicalResult checkOptions() {
    ModuleOp module = getOperation();
    if (failed(SparsePattern{sparsity, n, m}.verify(module)))
      return failure();
    if (refine < 0)
      return module.emitError() << "expects 'refine' of 0 or more, found " << int64_t(refine);
    if (!(damping >= 0 && damping <= 1))
      return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
    return success();
  }

  LogicalResult prune(LinearWeight &weight, const StatisticsRecord &record) {
    if (failed(weight.checkFinite()))
      return failure();
    SparsePattern pattern{sparsity, n, std::min<int64_t>(m, record.inputs)};
    Pruner(weight, record, pattern, damping, refine).run(getArgument());
    return success();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    auto whyNot = [&](const LinearWeight &weight) {
      return SparsePattern{sparsity, n, m}.whyNot(weight);
    };
    auto pruneEach = [&](LinearWeight &weight, const StatisticsRecord &record) {
      return prune(weight, record);
    };
    if (failed(forEachMeasuredWeight(getOperation(), getArgument(), include, exclude, whyNot,
                                     pruneEach)))
      signalPassFailure();
  }
};
} // namespace
