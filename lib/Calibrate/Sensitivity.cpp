// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model loses where one of its matrices is rounded.
//
// 1. The windows are read through the model as it is, and their logits kept.
// 2. One matrix is rounded to nearest, and code reads that in place of it.
// 3. The windows are read again: KL(softmax of 1 || softmax of this) over all tokens but the last
// of
//    each window, as `retort eval` scores them.
#include "lib/Calibrate/Sensitivity.h"
#include "lib/Compress/QuantizeGptq/GroupedMatrix.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Text/Scores.h"

#include "llvm/Support/Parallel.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;
using llvm::StringRef;

static constexpr int64_t groupSize = 32;
static constexpr unsigned measuredBits[] = {3, 2};

llvm::Expected<SensitivityMeter> SensitivityMeter::create(const ObservedModel &observed,
                                                          std::vector<text::TokenIds> windows) {
  auto decoder = runtime::Decoder::ofGraph(*observed.model);
  if (!decoder)
    return makeError(decoder.error());
  SensitivityMeter meter(observed, std::move(*decoder), std::move(windows));
  for (const text::TokenIds &window : meter.windows) {
    auto logits = meter.read(window);
    if (!logits)
      return logits.takeError();
    meter.logits.push_back(std::move(*logits));
  }
  return std::move(meter);
}

llvm::Expected<runtime::Tensor> SensitivityMeter::read(const text::TokenIds &window) {
  decoder->reset();
  auto logits = decoder->feed(window);
  if (!logits)
    return makeError(logits.error());
  return std::move(*logits);
}

llvm::Expected<double> SensitivityMeter::divergence() {
  double sum = 0;
  int64_t count = 0;
  for (auto [window, reference] : llvm::zip_equal(windows, logits)) {
    auto changed = read(window);
    if (!changed)
      return changed.takeError();
    int64_t width = reference.shape().back(),
            rows = std::max<int64_t>(reference.shape().front() - 1, 1);
    std::vector<double> distances(rows);
    llvm::parallelFor(0, rows, [&](size_t i) {
      distances[i] =
          text::distance(changed->as<float>() + i * width, reference.as<float>() + i * width, width)
              .kl;
    });
    for (double each : distances)
      sum += each;
    count += rows;
  }
  return sum / double(count);
}

llvm::Expected<double> SensitivityMeter::divergenceWith(const ObservedWeight &weight,
                                                        ArrayRef<float> rows) {
  std::vector<char> packed = weight.packed(rows);
  runtime::Model &model = *observed->model;
  std::vector<const void *> before;
  for (int64_t place : weight.places)
    before.push_back(model.redirectWeight(place, packed.data()));
  auto result = divergence();
  for (auto [place, data] : llvm::zip_equal(weight.places, before))
    model.redirectWeight(place, data);
  return result;
}

llvm::Expected<std::vector<Sensitivity>> SensitivityMeter::measure(StringRef name,
                                                                   const Hessian &hessian) {
  std::vector<Sensitivity> points;
  auto found = observed->weights.find(name);
  if (found == observed->weights.end())
    return points;
  const ObservedWeight &weight = found->second;
  GroupedMatrix matrix;
  matrix.outputs = weight.outputs();
  matrix.inputs = weight.inputs();
  matrix.groupSize = groupSize;
  matrix.round = [](float scale) { return scale; };
  matrix.weights = weight.rows();
  for (unsigned bits : measuredBits) {
    matrix.code = {bits, /*symmetric=*/true};
    matrix.roundToNearest(/*search=*/true);
    std::vector<float> error = matrix.error(), rounded = matrix.weights;
    for (auto [value, change] : llvm::zip_equal(rounded, error))
      value += change;
    auto kl = divergenceWith(weight, rounded);
    if (!kl)
      return kl.takeError();
    if (!std::isfinite(*kl))
      break;
    points.push_back({bits, outputError(error, matrix.outputs, hessian), *kl});
  }
  return points;
}

llvm::Error retort::measureSensitivities(const ObservedModel &observed,
                                         std::vector<text::TokenIds> windows,
                                         std::vector<StatisticsRecord> &records,
                                         const std::function<void(double)> &progress) {
  auto meter = SensitivityMeter::create(observed, std::move(windows));
  if (!meter)
    return meter.takeError();
  size_t done = 0, all = 0;
  for (const StatisticsRecord &record : records)
    all += record.weights.size();
  for (StatisticsRecord &record : records) {
    Hessian hessian = Hessian::of(record.fitted, record.inputs);
    for (const std::string &weight : record.weights) {
      auto points = meter->measure(weight, hessian);
      if (!points)
        return points.takeError();
      record.sensitivities.push_back(std::move(*points));
      progress(double(++done) / double(all));
    }
  }
  return llvm::Error::success();
}
