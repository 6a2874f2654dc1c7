// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes weights, and lets those that are kept make up for them on a sample.
#include "lib/Compress/PruneSparseGpt/PruneToSample.h"
#include "lib/Replay/FitInOrder.h"
#include "lib/Statistics/Hessian.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

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
/// What is left of a weight, and what is to be said of it.
struct Pruned {
  PrunedRows rows;
  double error = 0, errorOfLargest = 0; ///< on the rows held back, relative
  bool isLargest = false;
};

struct PruneOptions {
  SparsePattern pattern;
  double damping;
  int64_t refine;
};
} // namespace

/// What comes nearest to a target, in rows of outputs, on the rows held back: what is fitted, or
/// the largest magnitudes.
static Pruned prune(ArrayRef<float> target, const StatisticsRecord &record,
                    const PruneOptions &options) {
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  int64_t outputs = int64_t(target.size()) / record.inputs;
  auto errorOf = [&](const PrunedRows &pruned) {
    std::vector<float> error(target);
    for (size_t i = 0; i < error.size(); ++i)
      error[i] -= pruned.weights[i];
    return outputError(error, outputs, held);
  };
  PrunedRows largest = pruneByMagnitude(target, record.inputs, options.pattern);
  Pruned result;
  result.rows = pruneToSample(target, record, options.pattern, options.damping, options.refine);
  double norm = outputError(target, outputs, held), error = errorOf(result.rows),
         errorOfLargest = errorOf(largest);
  auto share = [&](double part) { return norm > 0 ? std::sqrt(part / norm) : 0; };
  result.isLargest = error > errorOfLargest;
  if (result.isLargest)
    result.rows = std::move(largest);
  result.error = share(std::min(error, errorOfLargest));
  result.errorOfLargest = share(errorOfLargest);
  return result;
}

static void store(LinearWeight &weight, const Pruned &pruned, const SparsePattern &pattern,
                  StringRef method, FittedWeight::AddMetrics more) {
  RelativeError difference;
  difference.add(OutputRows(weight).gather(weight), pruned.rows.weights);
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  storePruned(weight, pruned.rows, pattern);
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("weights", int64_t(pruned.rows.kept.size()))
         << remark::metric("pruned", int64_t(llvm::count(pruned.rows.kept, 0)))
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
    auto pruned = std::make_shared<Pruned>(::prune(target, record, {pattern, damping, refine}));
    return FittedWeight{pruned->rows.weights, [&weight, pruned, pattern, method = getArgument()](
                                                  FittedWeight::AddMetrics more) {
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
