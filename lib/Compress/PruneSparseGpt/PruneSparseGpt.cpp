// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes weights, and lets those that are kept make up for them on a sample.
#include "lib/Compress/PruneSparseGpt/PruneToSample.h"
#include "lib/Replay/FitInOrder.h"
#include "lib/Rounding/CodeForm.h"
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/ErrorFeedback.h"
#include "lib/Rounding/RoundToSample.h"
#include "lib/Rounding/Sides.h"
#include "lib/Rounding/TwoSidedDescent.h"
#include "lib/Rounding/TwoSidedFeedback.h"
#include "lib/Statistics/Hessian.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/PartialResults.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"
#include "llvm/Support/FormatVariadic.h"

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
  /// What is kept, as codes.
  std::optional<GroupedMatrix> codes;
  double error = 0, errorOfLargest = 0; ///< on the rows held back, relative
  bool isLargest = false;
  bool isReached = true; ///< by rows of the sample

  std::string save() const;
  bool load(StringRef bytes, size_t size);
};

struct PruneOptions {
  SparsePattern pattern;
  double damping;
  int64_t refine;
  /// What is kept becomes codes.
  std::optional<CodeForm> form;
};
} // namespace

/// GPTQ and descent, scales as they are at first.
static void refineCodes(GroupedMatrix &matrix, const RoundingStatistics &known,
                        const SampleRounding &how) {
  if (known.factor)
    roundWithFeedback(matrix, known.order, *known.factor);
  descend(matrix, known.fitted, how.refine);
}

/// The same where outputs are weighed.
static void refineCodes(GroupedMatrix &matrix, const TwoSidedStatistics &known,
                        const SampleRounding &how) {
  if (known.inputFactor && known.outputFactor)
    roundWithTwoSidedFeedback(matrix, {known.outputOrder, *known.outputFactor},
                              {known.inputOrder, *known.inputFactor});
  descendTwoSided(matrix, known.outputs, known.inputs, how.refine);
}

/// What stays becomes codes whose scales suit what it was fitted to: the nearest ones, or those
/// that GPTQ finds for that, or those of one sweep over the weights as they were, which makes up
/// for what goes and for what is rounded alike. What is closest on the rows held back is taken.
static void round(Pruned &pruned, GroupedMatrix nearest, ArrayRef<float> target,
                  const StatisticsRecord &record, const OutputStatistics *outputs, double damping) {
  SampleRounding how;
  how.damping = damping;
  std::optional<RoundingStatistics> statistics;
  std::optional<TwoSidedStatistics> both;
  if (outputs)
    both.emplace(record, *outputs, how);
  else
    statistics.emplace(record, how);
  nearest.kept = pruned.rows.kept;
  nearest.weights = pruned.rows.weights;
  nearest.roundToNearest(/*search=*/true);
  double least = HUGE_VAL;
  auto consider = [&](GroupedMatrix matrix) {
    matrix.weights = target.vec();
    double error = both ? both->heldError(matrix.error())
                        : outputError(matrix.error(), matrix.outputs, statistics->held);
    if (error >= least)
      return;
    least = error;
    pruned.codes = std::move(matrix);
  };
  consider(nearest);
  for (ArrayRef<float> wanted : {ArrayRef<float>(pruned.rows.weights), target}) {
    GroupedMatrix fitted = nearest;
    fitted.weights = wanted.vec();
    both ? refineCodes(fitted, *both, how) : refineCodes(fitted, *statistics, how);
    consider(std::move(fitted));
  }
}

/// In rows of outputs.
static std::vector<float> resultOf(const Pruned &pruned) {
  return pruned.codes ? pruned.codes->values() : pruned.rows.weights;
}

std::string Pruned::save() const {
  const double numbers[] = {error, errorOfLargest, double(isLargest), double(isReached)};
  return BytesWriter()
      .put(ArrayRef(numbers))
      .put(ArrayRef(rows.weights))
      .put(ArrayRef(rows.kept))
      .bytes()
      .str();
}

bool Pruned::load(StringRef bytes, size_t size) {
  double numbers[4];
  rows = {std::vector<float>(size), std::vector<char>(size)};
  BytesReader reader(bytes);
  bool isWhole = reader.take(MutableArrayRef(numbers)) &&
                 reader.take(MutableArrayRef(rows.weights)) &&
                 reader.take(MutableArrayRef(rows.kept)) && reader.isAtEnd();
  error = numbers[0];
  errorOfLargest = numbers[1];
  isLargest = numbers[2] != 0;
  isReached = numbers[3] != 0;
  return isWhole;
}

/// What comes nearest to a target, in rows of outputs, on the rows held back: what is fitted, or
/// the largest magnitudes; and its codes, of this shape.
static Pruned prune(ArrayRef<float> target, const GroupedMatrix &shape,
                    const StatisticsRecord &record, const OutputStatistics *known,
                    const PruneOptions &options) {
  std::optional<TwoSidedStatistics> both;
  if (known)
    both.emplace(record, *known, SampleRounding());
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  int64_t outputs = int64_t(target.size()) / record.inputs;
  auto heldError = [&](ArrayRef<float> error) {
    return both ? both->heldError(error) : outputError(error, outputs, held);
  };
  auto errorOf = [&](ArrayRef<float> weights) {
    std::vector<float> error(target);
    for (size_t i = 0; i < error.size(); ++i)
      error[i] -= weights[i];
    return heldError(error);
  };
  PrunedRows largest = pruneByMagnitude(target, record.inputs, options.pattern);
  Pruned result;
  result.rows =
      pruneToSample(target, record, options.pattern, options.damping, options.refine, known);
  double norm = heldError(target), errorOfLargest = errorOf(largest.weights);
  auto share = [&](double part) { return relativeOutputError(part, norm); };
  result.isLargest = errorOf(result.rows.weights) > errorOfLargest;
  if (result.isLargest)
    result.rows = std::move(largest);
  if (options.form)
    round(result, shape, target, record, known, options.damping);
  result.error = share(errorOf(resultOf(result)));
  result.errorOfLargest = share(errorOfLargest);
  result.isReached = record.fitted.rows > 0;
  return result;
}

static void store(LinearWeight &weight, const Pruned &pruned, const PruneOptions &options,
                  StringRef method, FittedWeight::AddMetrics more) {
  const SparsePattern &pattern = options.pattern;
  RelativeError difference;
  difference.add(OutputRows(weight).gather(weight), resultOf(pruned));
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = difference.value();
  change.magnitudes = difference.magnitudes();
  storePruned(weight, pruned.rows, pattern);
  if (pruned.codes)
    options.form->replace(weight, *pruned.codes);
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("weights", int64_t(pruned.rows.kept.size()))
         << remark::metric("pruned", int64_t(llvm::count(pruned.rows.kept, 0)));
  if (pruned.isReached)
    remark << remark::metric("output_error", pruned.error)
           << remark::metric("output_error_magnitude", pruned.errorOfLargest);
  if (pattern.m)
    remark << remark::metric("n", pattern.n) << remark::metric("m", pattern.m);
  if (pruned.codes)
    remark << remark::metric("bits", options.form->code.bits)
           << remark::metric("group_size", pruned.codes->groupSize);
  if (!pruned.isReached)
    remark << remark::reason("no row of the sample reached it: the smallest magnitudes went");
  else if (pruned.isLargest)
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
    if (bits != 0 && (bits < 2 || bits > 8))
      return module.emitError() << "expects 'bits' from 2 to 8, or 0, found " << int64_t(bits);
    if (groupSize < 0)
      return module.emitError() << "expects a 'group-size' of 0 or more, found "
                                << int64_t(groupSize);
    if (bits != 0 && m != 0 && groupSize % m != 0)
      return module.emitError() << "expects a 'group-size' that is a multiple of " << int64_t(m)
                                << ", found " << int64_t(groupSize);
    return success();
  }

  std::optional<CodeForm> form() const {
    if (bits == 0)
      return std::nullopt;
    return CodeForm{{unsigned(bits), symmetric}, groupSize};
  }

  StringRef whyNot(const LinearWeight &weight) const {
    StringRef reason = SparsePattern{sparsity, n, m}.whyNot(weight);
    if (!reason.empty())
      return reason;
    if (auto codes = form())
      return codes->whyNot(weight);
    return weight.isGiven() ? "codes of the file would become numbers: 'bits' rounds what is kept"
                            : "";
  }

  FailureOr<FittedWeight> prune(LinearWeight &weight, const StatisticsRecord &record,
                                const OutputStatistics *outputs, std::vector<float> target,
                                PartialResults *partial) {
    if (failed(weight.checkFinite()))
      return failure();
    SparsePattern pattern{sparsity, n, std::min<int64_t>(m, record.inputs)};
    PruneOptions options{pattern, damping, refine, form()};
    GroupedMatrix shape = options.form ? options.form->shapeOf(weight) : GroupedMatrix();
    auto pruned = std::make_shared<Pruned>();
    // Codes are not kept.
    if (options.form)
      partial = nullptr;
    auto known = partial ? partial->find(weight.name(), target) : std::nullopt;
    if (!known || !pruned->load(*known, target.size())) {
      *pruned = ::prune(target, shape, record, outputs, options);
      if (partial)
        partial->add(weight.name(), target, pruned->save());
    }
    return FittedWeight{resultOf(*pruned), [&weight, pruned, options,
                                            method = getArgument()](FittedWeight::AddMetrics more) {
                          store(weight, *pruned, options, method, more);
                        }};
  }

  /// Of all that says which weights are kept.
  std::string text() const {
    return llvm::formatv("{0} {1} {2} {3} {4} {5} {6}", getArgument(), sparsity.getValue(),
                         n.getValue(), m.getValue(), damping.getValue(), refine.getValue(),
                         sides.getValue());
  }

  LogicalResult pruneAll(MeasuredWeights &measured, RoundingSides chosen) {
    auto pruneOne = [&](LinearWeight &weight, const StatisticsRecord &record,
                        std::vector<float> target) {
      // A target, and the record then, are of this run.
      return prune(weight, record, nullptr, std::move(target), nullptr);
    };
    if (sequential)
      return fitInOrder(getOperation(), getArgument(), measured, pruneOne);
    PartialResults partial(getOperation(), text() + " " + measured.statistics.key());
    for (auto &[weight, record] : measured.list) {
      auto pruned =
          prune(weight, *record, outputsToWeigh(chosen, measured.statistics, weight, *record),
                OutputRows(weight).gather(weight), &partial);
      if (failed(pruned))
        return failure();
      pruned->store(nullptr);
    }
    return success();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    auto chosen = parseSides(getOperation(), getArgument(), sides, sequential);
    if (failed(chosen))
      return signalPassFailure();
    auto refusal = [&](const LinearWeight &weight) { return whyNot(weight); };
    auto measured = selectMeasuredWeights(getOperation(), getArgument(), include, exclude, refusal,
                                          {KeptSums::Gram, /*rows=*/sequential});
    if (failed(measured) ||
        failed(checkSides(getOperation(), getArgument(), *chosen, measured->statistics)) ||
        failed(pruneAll(*measured, *chosen)))
      signalPassFailure();
  }
};
} // namespace
