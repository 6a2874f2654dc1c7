// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes channels out of one group, and fits what reads them.
#include "lib/Compress/PruneStructured/NeuronPruner.h"
#include "lib/Compress/PruneStructured/KeptInputs.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/ProductBias.h"
#include "lib/Weights/Remark.h"

#include <cmath>

using namespace mlir;
using namespace retort;

int64_t PruneStructuredOptions::kept(int64_t channels) const {
  double wanted = (1 - ratio) * double(channels) / double(multiple);
  return std::clamp<int64_t>(std::llround(wanted), 1, channels) * multiple;
}

namespace {
/// The weight that reads the channels, before and after.
class ConsumerFit {
public:
  ConsumerFit(LinearWeight &weight, Value bias, const StatisticsRecord &record,
              const PruneStructuredOptions &options);
  void choose();
  void store();
  void report(const WeightChange &change);
  double weightError() const;

  std::vector<int64_t> kept;

private:
  Hessian centred(const Moments &moments) const;

  LinearWeight &weight;
  Value bias;
  const PruneStructuredOptions &options;
  OutputRows rows;
  std::vector<float> original, left;
  std::vector<double> mean; ///< of the inputs; zeros where there is no bias to take them
  Hessian fitted, held;
  double norm = 0, error = 0, errorRemoved = 0;
  StringRef reason;
};
} // namespace

ConsumerFit::ConsumerFit(LinearWeight &weight, Value bias, const StatisticsRecord &record,
                         const PruneStructuredOptions &options)
    : weight(weight), bias(bias), options(options), rows(weight), original(rows.gather(weight)),
      mean(record.inputs) {
  if (bias)
    for (int64_t j = 0; j < record.inputs; ++j)
      mean[j] = record.fitted.sum[j] / double(record.fitted.rows);
  norm = outputError(original, rows.outputs(), Hessian::of(record.heldOrFitted(), record.inputs));
  fitted = centred(record.fitted);
  held = centred(record.heldOrFitted());
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

void ConsumerFit::choose() {
  kept = chooseInputs(original, fitted, options.kept(rows.inputs()));
  left = keepInputs(original, rows.inputs(), kept);
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
  if (bias) {
    std::vector<double> numbers(rows.outputs());
    for (int64_t i = 0; i < rows.outputs(); ++i) {
      for (int64_t j = 0; j < rows.inputs(); ++j)
        numbers[i] += original[i * rows.inputs() + j] * mean[j];
      for (int64_t s = 0; s < count; ++s)
        numbers[i] -= left[i * count + s] * mean[kept[s]];
    }
    addToBias(bias, numbers);
  }
  keepAlong(weight.op->getResult(0), weight.inputAxis(), kept);
  weight.values = *compress::WeightExpression::of(weight.op->getResult(0));
  weight.setFloats(OutputRows(weight).scatter(left));
}

void ConsumerFit::report(const WeightChange &change) {
  auto share = [&](double part) { return norm > 0 ? std::sqrt(part / norm) : 0; };
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("channels", rows.inputs())
         << remark::metric("kept", int64_t(kept.size()))
         << remark::metric("output_error", share(error))
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

void retort::pruneChannels(const ChannelGroup &group, LinearWeight &consumer,
                           ArrayRef<LinearWeight *> producers, const StatisticsRecord &record,
                           const PruneStructuredOptions &options) {
  ConsumerFit fit(consumer, biasBehind(group.product), record, options);
  fit.choose();
  SmallVector<WeightChange> changes;
  for (LinearWeight *producer : producers) {
    WeightChange &change = changes.emplace_back();
    std::vector<float> values = producer->floats();
    change.bytesBefore = producer->bytes();
    change.magnitudes.emplace().add(values);
    change.weightError = shareOfRemoved(
        values, producer->type(), group.constants.lookup(producer->op->getResult(0)), fit.kept);
  }
  WeightChange change;
  change.bytesBefore = consumer.bytes();
  change.weightError = fit.weightError();
  change.magnitudes.emplace().add(consumer.floats());
  keepChannels(group, fit.kept);
  fit.store();
  change.bytesAfter = consumer.bytes();
  fit.report(change);
  for (auto [producer, changed] : llvm::zip_equal(producers, changes)) {
    producer->values = *compress::WeightExpression::of(producer->op->getResult(0));
    changed.bytesAfter = producer->bytes();
    weightPassed(producer->loc(), options.method, producer->name(), changed)
        << remark::metric("channels", group.size)
        << remark::metric("kept", int64_t(fit.kept.size()));
  }
}
