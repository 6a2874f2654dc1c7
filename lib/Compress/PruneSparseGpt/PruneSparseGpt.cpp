// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes weights, and lets those that are kept make up for them on a sample.
#include "lib/Compress/PruneSparseGpt/FitKept.h"
#include "lib/Compress/PruneSparseGpt/Sweep.h"
#include "lib/Replay/FitInOrder.h"
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
  double error = 0, errorOfLargest = 0; ///< on the rows held back, relative
  bool isLargest = false;
};

struct PruneOptions {
  SparsePattern pattern;
  double damping;
  int64_t refine;
};

/// Fits what is kept of a weight to a target, in rows of outputs.
class Pruner {
public:
  Pruner(const StatisticsRecord &record, const PruneOptions &options, std::vector<float> target)
      : record(record), options(options), target(std::move(target)) {}
  Pruned run();

private:
  Pruned fit(Pruned result);
  Pruned keepLargest() const;
  double errorOf(const Pruned &pruned, const Hessian &hessian) const;
  int64_t outputs() const { return int64_t(target.size()) / record.inputs; }

  const StatisticsRecord &record;
  PruneOptions options;
  std::vector<float> target;
};
} // namespace

/// By magnitude: the same sweep where inputs have nothing to do with one another.
Pruned Pruner::keepLargest() const {
  int64_t inputs = record.inputs;
  InverseFactor identity{std::vector<float>(inputs * inputs), 0};
  for (int64_t i = 0; i < inputs; ++i)
    identity.upper[i * inputs + i] = 1;
  Pruned result{target, std::vector<char>(target.size(), 1)};
  pruneWithFeedback(result.weights, result.kept, inputs, options.pattern, identity);
  return result;
}

/// From the largest magnitudes, which stay where there is no factor.
Pruned Pruner::fit(Pruned result) {
  Hessian hessian = Hessian::of(record.fitted, record.inputs);
  double share = options.damping > 0 ? options.damping : usualDamping(record);
  auto factor = factorInverse(hessian, share);
  if (factor) {
    result.weights = target;
    pruneWithFeedback(result.weights, result.kept, record.inputs, options.pattern, *factor);
  }
  hessian.damp(factor ? factor->damping : share);
  fitKept(result.weights, result.kept, target, hessian, options.refine);
  return result;
}

double Pruner::errorOf(const Pruned &pruned, const Hessian &hessian) const {
  std::vector<float> error(target);
  for (size_t i = 0; i < error.size(); ++i)
    error[i] -= pruned.weights[i];
  return outputError(error, outputs(), hessian);
}

Pruned Pruner::run() {
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  Pruned largest = keepLargest(), pruned = fit(largest);
  double norm = outputError(target, outputs(), held), error = errorOf(pruned, held),
         errorOfLargest = errorOf(largest, held);
  auto share = [&](double part) { return norm > 0 ? std::sqrt(part / norm) : 0; };
  bool isWorse = error > errorOfLargest;
  if (isWorse)
    pruned = std::move(largest);
  pruned.isLargest = isWorse;
  pruned.error = share(std::min(error, errorOfLargest));
  pruned.errorOfLargest = share(errorOfLargest);
  return pruned;
}

static void replace(LinearWeight &weight, const Pruned &pruned, const SparsePattern &pattern) {
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

static void store(LinearWeight &weight, const Pruned &pruned, const SparsePattern &pattern,
                  StringRef method, FittedWeight::AddMetrics more) {
  RelativeError difference;
  difference.add(OutputRows(weight).gather(weight), pruned.weights);
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  replace(weight, pruned, pattern);
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("weights", int64_t(pruned.kept.size()))
         << remark::metric("pruned", int64_t(llvm::count(pruned.kept, 0)))
         << remark::metric("output_error", pruned.error)
         << remark::metric("output_error_magnitude", pruned.errorOfLargest);
  if (pattern.m)
    remark << remark::metric("n", pattern.n) << remark::metric("m", pattern.m);
  if (pruned.isLargest)
    remark << remark::reason("the smallest magnitudes went, which is closer on the rows held back");
  if (more)
    more(remark);
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

  FailureOr<FittedWeight> prune(LinearWeight &weight, const StatisticsRecord &record,
                                std::vector<float> target) {
    if (failed(weight.checkFinite()))
      return failure();
    SparsePattern pattern{sparsity, n, std::min<int64_t>(m, record.inputs)};
    auto pruned = std::make_shared<Pruned>(
        Pruner(record, {pattern, damping, refine}, std::move(target)).run());
    return FittedWeight{pruned->weights, [&weight, pruned, pattern,
                                          method = getArgument()](FittedWeight::AddMetrics more) {
                          store(weight, *pruned, pattern, method, more);
                        }};
  }

  LogicalResult pruneAll(MeasuredWeights &measured) {
    auto pruneOne = [&](LinearWeight &weight, const StatisticsRecord &record,
                        std::vector<float> target) {
      return prune(weight, record, std::move(target));
    };
    if (sequential)
      return fitInOrder(getOperation(), getArgument(), measured, pruneOne);
    for (auto &[weight, record] : measured.list) {
      auto pruned = pruneOne(weight, *record, OutputRows(weight).gather(weight));
      if (failed(pruned))
        return failure();
      pruned->store(nullptr);
    }
    return success();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    auto whyNot = [&](const LinearWeight &weight) {
      return SparsePattern{sparsity, n, m}.whyNot(weight);
    };
    auto measured = selectMeasuredWeights(getOperation(), getArgument(), include, exclude, whyNot);
    if (failed(measured) || failed(pruneAll(*measured)))
      signalPassFailure();
  }
};
} // namespace
