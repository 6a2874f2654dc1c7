// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes units out of one group, and fits what reads them.
#include "lib/Compress/PruneStructured/UnitPruner.h"
#include "lib/Compress/PruneStructured/KeptInputs.h"
#include "lib/Compress/PruneStructured/UnitResiduals.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/ProductBias.h"
#include "lib/Weights/Remark.h"

#include <cmath>

using namespace mlir;
using namespace retort;

int64_t PruneStructuredOptions::kept(int64_t units, int64_t step) const {
  double wanted = (1 - ratio) * double(units) / double(step);
  return std::clamp<int64_t>(std::llround(wanted), 1, units) * step;
}

namespace {
/// The weight that reads the channels, before and after.
class ConsumerFit {
public:
  ConsumerFit(LinearWeight &weight, const ChannelGroup &group, const StatisticsRecord *record,
              const PruneStructuredOptions &options);
  void choose(const UnitChoice &choice);
  void store();
  void report(const WeightChange &change, const UnitChoice &choice);
  double weightError() const;

  std::vector<char> stays;   ///< units
  std::vector<int64_t> kept; ///< inputs

private:
  Hessian centred(const Moments &moments) const;
  std::vector<char> unitsThatStay(const UnitChoice &choice) const;

  LinearWeight &weight;
  const ChannelGroup &group;
  Value bias;
  const PruneStructuredOptions &options;
  OutputRows rows;
  std::vector<float> original, left;
  std::vector<double> mean; ///< of the inputs; zeros where there is no bias to take them
  bool movesMean;
  Hessian fitted, held;
  double norm = 0, error = 0, errorRemoved = 0;
  StringRef reason;
  bool isMeasured; ///< there are statistics
};
} // namespace

ConsumerFit::ConsumerFit(LinearWeight &weight, const ChannelGroup &group,
                         const StatisticsRecord *record, const PruneStructuredOptions &options)
    : weight(weight), group(group), bias(biasBehind(group.product)), options(options), rows(weight),
      original(rows.gather(weight)), mean(rows.inputs()),
      movesMean(record && (bias || options.addsBias)), isMeasured(record) {
  if (!record)
    return;
  if (movesMean)
    for (int64_t j = 0; j < record->inputs; ++j)
      mean[j] = record->fitted.sum[j] / double(record->fitted.rows);
  norm = outputError(original, rows.outputs(), Hessian::of(record->heldOrFitted(), record->inputs));
  fitted = centred(record->fitted);
  held = centred(record->heldOrFitted());
}

/// Of x - mean, the mean of the fitted rows.
Hessian ConsumerFit::centred(const Moments &moments) const {
  auto count = int64_t(mean.size());
  Hessian result = Hessian::of(moments, count);
  auto own = [&](int64_t j) { return moments.sum[j] / double(moments.rows); };
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j)
      result.elements[i * count + j] +=
          float(mean[i] * mean[j] - mean[i] * own(j) - own(i) * mean[j]);
  return result;
}

std::vector<char> ConsumerFit::unitsThatStay(const UnitChoice &choice) const {
  if (!choice.scores.empty())
    return chooseUnits(choice.scores, choice.parts, choice.kept);
  std::vector<double> scale(rows.inputs(), 1);
  for (int64_t j = 0; j < rows.inputs() && options.score != "magnitude"; ++j)
    scale[j] = fitted.at(j, j);
  auto residual = options.score == "residual"
                      ? chooseByResidual(original, fitted, group.consumed.units, group.units,
                                         choice.parts, choice.kept, options.damping)
                      : std::nullopt;
  return residual ? std::move(*residual)
                  : chooseUnits(scoreUnits(original, scale, group.consumed.units, group.units),
                                choice.parts, choice.kept);
}

void ConsumerFit::choose(const UnitChoice &choice) {
  stays = unitsThatStay(choice);
  kept = group.consumed.kept(stays);
  left = keepInputs(original, rows.inputs(), kept);
  if (!isMeasured)
    return;
  error = errorRemoved = errorOfKept(original, left, kept, held);
  if (!options.fit)
    return;
  auto fit = fitToKept(original, fitted, kept, options.damping);
  if (!fit) {
    reason = "the second moments of what is kept are singular: not fitted";
    return;
  }
  if (double fittedError = errorOfKept(original, *fit, kept, held); fittedError <= errorRemoved) {
    left = std::move(*fit);
    error = fittedError;
  } else {
    reason = "not fitted, which is closer on the rows held back";
  }
}

double ConsumerFit::weightError() const {
  double difference = 0, all = 0;
  std::vector<float> error = original;
  int64_t next = 0;
  for (int64_t i = 0; i < rows.outputs(); ++i)
    for (int64_t place : kept)
      error[i * rows.inputs() + place] -= left[next++];
  for (auto [a, b] : llvm::zip_equal(original, error)) {
    all += double(a) * a;
    difference += double(b) * b;
  }
  return all > 0 ? std::sqrt(difference / all) : 0;
}

void ConsumerFit::store() {
  auto count = int64_t(kept.size());
  if (movesMean) {
    std::vector<double> numbers(rows.outputs());
    for (int64_t i = 0; i < rows.outputs(); ++i) {
      for (int64_t j = 0; j < rows.inputs(); ++j)
        numbers[i] += original[i * rows.inputs() + j] * mean[j];
      for (int64_t s = 0; s < count; ++s)
        numbers[i] -= left[i * count + s] * mean[kept[s]];
    }
    if (bias)
      addToBias(bias, numbers);
    else
      addBias(group.product, weight, numbers);
  }
  keepAlong(weight.op->getResult(0), weight.inputAxis(), kept);
  weight.values = *compress::WeightExpression::of(weight.op->getResult(0));
  weight.setFloats(OutputRows(weight).scatter(left));
}

static void countUnits(remark::detail::InFlightRemark &remark, const ChannelGroup &group,
                       const UnitChoice &choice) {
  if (choice.word != "channels")
    remark << remark::metric(choice.word, group.units)
           << remark::metric(("kept_" + choice.word).str(), choice.parts * choice.kept);
}

void ConsumerFit::report(const WeightChange &change, const UnitChoice &choice) {
  auto share = [&](double part) { return relativeOutputError(part, norm); };
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("channels", rows.inputs())
         << remark::metric("kept", int64_t(kept.size()));
  countUnits(remark, group, choice);
  if (isMeasured)
    remark << remark::metric("output_error", share(error))
           << remark::metric("output_error_removed", share(errorRemoved));
  if (!reason.empty())
    remark << remark::reason("{0}", reason.str());
}

/// Of a weight whose outputs go, as if they were zero.
static double shareOfRemoved(const std::vector<float> &values, RankedTensorType type, int64_t axis,
                             ArrayRef<int64_t> kept) {
  int64_t inner = 1, size = type.getDimSize(axis);
  for (int64_t length : type.getShape().drop_front(axis + 1))
    inner *= length;
  std::vector<char> stays(size);
  for (int64_t place : kept)
    stays[place] = 1;
  double removed = 0, all = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    double square = double(values[i]) * values[i];
    all += square;
    removed += stays[int64_t(i) / inner % size] ? 0 : square;
  }
  return all > 0 ? std::sqrt(removed / all) : 0;
}

void retort::pruneUnits(const ChannelGroup &group, const UnitChoice &choice, LinearWeight &consumer,
                        ArrayRef<LinearWeight *> producers, const StatisticsRecord *record,
                        const PruneStructuredOptions &options) {
  ConsumerFit fit(consumer, group, record, options);
  fit.choose(choice);
  SmallVector<WeightChange> changes;
  SmallVector<std::pair<int64_t, int64_t>> channels;
  for (LinearWeight *producer : producers) {
    const UnitAxis &units = group.constants.find(producer->op->getResult(0))->second;
    WeightChange &change = changes.emplace_back();
    std::vector<float> values = producer->floats();
    std::vector<int64_t> kept = units.kept(fit.stays);
    channels.push_back({int64_t(units.units.size()), int64_t(kept.size())});
    change.bytesBefore = producer->bytes();
    change.magnitudes.emplace().add(values);
    change.weightError = shareOfRemoved(values, producer->type(), units.axis, kept);
  }
  WeightChange change;
  change.bytesBefore = consumer.bytes();
  change.weightError = fit.weightError();
  change.magnitudes.emplace().add(consumer.floats());
  auto module = consumer.op->getParentOfType<ModuleOp>();
  keepUnits(group, fit.stays);
  fit.store();
  markKept(module, consumer.name(), fit.kept);
  change.bytesAfter = consumer.bytes();
  fit.report(change, choice);
  for (auto [producer, changed, sizes] : llvm::zip_equal(producers, changes, channels)) {
    producer->values = *compress::WeightExpression::of(producer->op->getResult(0));
    changed.bytesAfter = producer->bytes();
    auto remark = weightPassed(producer->loc(), options.method, producer->name(), changed);
    remark << remark::metric("channels", sizes.first) << remark::metric("kept", sizes.second);
    countUnits(remark, group, choice);
  }
}
