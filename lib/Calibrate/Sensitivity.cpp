// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model loses where one of its matrices is rounded.
//
// 1. The windows are read through the model as it is, and their logits kept.
// 2. One matrix is rounded as methods will, and code reads that in place of it.
// 3. The windows are read again, from the block on in which the matrix is: what comes before is as
// it
//    was, so matrices are taken in the order of the model, and all windows wait before the block.
// 4. KL(softmax of 1 || softmax of 3) over all tokens but the last of each window, as `retort eval`
//    scores them.
#include "lib/Calibrate/Sensitivity.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Run/MeanDivergence.h"
#include "lib/Run/TextReplay.h"

#include "llvm/Support/JSON.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;
using llvm::StringRef;

static constexpr int64_t groupSize = 32;
/// Errors are of the kind that methods leave: in directions in which the inputs are small.
static constexpr SampleRounding rounding{/*refine=*/1, /*actOrder=*/true, /*damping=*/0};
/// Two bits are measured on the first half of the windows, and set into proportion to three.
static size_t halfOf(size_t windows) { return (windows + 1) / 2; }

static double meanOf(ArrayRef<double> values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / double(std::max<size_t>(values.size(), 1));
}

int64_t retort::usualSensitivityWindows(int64_t windows, int64_t weights) {
  constexpr int64_t mostPasses = 12, most = 16;
  int64_t count = 1;
  while (count < most && weights * int64_t(count + 1 + halfOf(count + 1)) <= mostPasses * windows)
    ++count;
  return count;
}

llvm::Expected<std::unique_ptr<WholeModelMeter>>
WholeModelMeter::create(const ObservedModel &observed, const std::vector<text::TokenIds> &windows) {
  auto decoder = runtime::Decoder::ofGraph(*observed.model);
  if (!decoder)
    return makeError(decoder.error());
  std::unique_ptr<WholeModelMeter> meter(
      new WholeModelMeter(observed, std::move(*decoder), windows));
  for (const text::TokenIds &window : windows) {
    auto logits = meter->read(window);
    if (!logits)
      return logits.takeError();
    meter->logits.push_back(std::move(*logits));
  }
  return std::move(meter);
}

llvm::Expected<runtime::Tensor> WholeModelMeter::read(const text::TokenIds &window) {
  decoder->reset();
  auto logits = decoder->feed(window);
  if (!logits)
    return makeError(logits.error());
  return std::move(*logits);
}

llvm::Expected<std::vector<double>> WholeModelMeter::divergences(size_t count) {
  std::vector<double> result;
  for (size_t w = 0; w < count; ++w) {
    auto changed = read(windows[w]);
    if (!changed)
      return changed.takeError();
    result.push_back(meanDivergence(*changed, logits[w]));
  }
  return result;
}

llvm::Expected<std::vector<double>>
WholeModelMeter::divergencesWith(const ObservedWeight &weight, ArrayRef<float> rows, size_t count) {
  std::vector<char> packed = weight.packed(rows);
  runtime::Model &model = *observed->model;
  std::vector<const void *> before;
  for (int64_t place : weight.places)
    before.push_back(model.redirectWeight(place, packed.data()));
  auto result = divergences(count);
  for (auto [place, data] : llvm::zip_equal(weight.places, before))
    model.redirectWeight(place, data);
  return result;
}

llvm::Expected<SensitivityMeter> SensitivityMeter::create(const ObservedModel &observed,
                                                          std::vector<text::TokenIds> windows) {
  SensitivityMeter meter(observed, std::move(windows));
  ReplayWindows replayed;
  for (const text::TokenIds &window : meter.windows)
    replayed.tokens.emplace_back(window.begin(), window.end());
  std::vector<std::string> names;
  for (const auto &weight : observed.weights)
    names.push_back(weight.first().str());
  auto replay = TextReplay::create(*observed.graph, names, std::move(replayed));
  if (!replay) { // then each matrix takes the whole model
    llvm::consumeError(replay.takeError());
    return std::move(meter);
  }
  for (const auto &[place, group] : llvm::enumerate((*replay)->groups()))
    for (const std::string &weight : group.weights)
      meter.places[weight] = {place, group.block};
  meter.replay = std::move(*replay);
  return std::move(meter);
}

size_t SensitivityMeter::placeOf(StringRef weight) const {
  auto place = places.find(weight);
  return place == places.end() ? places.size() : place->second.first;
}

llvm::Expected<std::vector<double>> SensitivityMeter::divergencesWith(StringRef name,
                                                                      const ObservedWeight &weight,
                                                                      ArrayRef<float> rows,
                                                                      size_t count) {
  auto place = places.find(name);
  if (place != places.end() && replay->current() <= place->second.second) {
    while (replay->current() < place->second.second)
      if (llvm::Error error = replay->advance())
        return std::move(error);
    replay->change(name, rows);
    auto result = replay->divergences(count);
    replay->restore(name);
    return result;
  }
  if (!whole) {
    auto made = WholeModelMeter::create(*observed, windows);
    if (!made)
      return made.takeError();
    whole = std::move(*made);
  }
  return whole->divergencesWith(weight, rows, count);
}

/// A matrix of levels, not rounded yet.
static GroupedMatrix levelsFor(const ObservedWeight &weight) {
  GroupedMatrix matrix;
  matrix.outputs = weight.outputs();
  matrix.inputs = weight.inputs();
  matrix.groupSize = std::min(groupSize, matrix.inputs);
  matrix.hasLadder = true;
  matrix.weights = weight.rows();
  return matrix;
}

llvm::Expected<std::vector<Sensitivity>>
SensitivityMeter::measure(StringRef name, const RoundingStatistics &statistics,
                          const TwoSidedStatistics *outputs) {
  std::vector<Sensitivity> points;
  auto found = observed->weights.find(name);
  if (found == observed->weights.end())
    return points;
  const ObservedWeight &weight = found->second;
  GroupedMatrix matrix = levelsFor(weight);
  std::vector<double> first;
  for (auto [bits, count] :
       {std::pair(3u, windows.size()), std::pair(2u, halfOf(windows.size()))}) {
    matrix.numbers = CodeNumbers::levels(bits);
    outputs ? roundToSample(matrix, *outputs, rounding)
            : roundToSample(matrix, statistics, rounding);
    auto found = divergencesWith(name, weight, matrix.values(), count);
    if (!found)
      return found.takeError();
    double kl = meanOf(*found);
    if (first.empty())
      first = std::move(*found);
    else if (double same = meanOf(ArrayRef(first).take_front(count)); same > 0)
      kl *= meanOf(first) / same;
    if (!std::isfinite(kl))
      break;
    std::vector<float> error = matrix.error();
    points.push_back({bits, outputError(error, matrix.outputs, statistics.held), kl,
                      outputs ? outputs->heldError(error) : 0});
  }
  return points;
}

void retort::writeSensitivityLists(ArrayRef<StatisticsRecord> records, llvm::raw_ostream &stream) {
  llvm::json::Array all;
  for (const StatisticsRecord &record : records) {
    llvm::json::Array ofRecord;
    for (const std::vector<Sensitivity> &points : record.sensitivities) {
      llvm::json::Array numbers;
      for (const Sensitivity &point : points)
        numbers.push_back(llvm::json::Array{point.bits, point.error, point.kl, point.twoSided});
      ofRecord.push_back(std::move(numbers));
    }
    all.push_back(std::move(ofRecord));
  }
  stream << llvm::json::Value(std::move(all));
}

namespace {
/// Points as lists of four numbers, for llvm::json.
struct PointText {
  Sensitivity point;
};
bool fromJSON(const llvm::json::Value &value, PointText &text, llvm::json::Path path) {
  std::vector<double> numbers;
  if (!llvm::json::fromJSON(value, numbers, path) || numbers.size() != 4)
    return false;
  text.point = {int64_t(numbers[0]), numbers[1], numbers[2], numbers[3]};
  return true;
}
} // namespace

std::optional<SensitivityLists> retort::readSensitivityLists(StringRef line) {
  std::vector<std::vector<std::vector<PointText>>> texts;
  auto value = llvm::json::parse(line);
  llvm::json::Path::Root root;
  bool isRead = value && llvm::json::fromJSON(*value, texts, root);
  if (!value)
    llvm::consumeError(value.takeError());
  if (!isRead)
    return std::nullopt;
  SensitivityLists lists;
  for (auto &ofRecord : texts) {
    auto &list = lists.emplace_back();
    for (auto &points : ofRecord) {
      auto &ofWeight = list.emplace_back();
      for (const PointText &text : points)
        ofWeight.push_back(text.point);
    }
  }
  return lists;
}

llvm::Error retort::measureSensitivities(const ObservedModel &observed,
                                         std::vector<text::TokenIds> windows,
                                         std::vector<StatisticsRecord> &records,
                                         const std::function<llvm::Error(double)> &advance) {
  auto meter = SensitivityMeter::create(observed, std::move(windows));
  if (!meter)
    return meter.takeError();
  size_t done = 0, all = 0;
  for (const StatisticsRecord &record : records)
    all += record.weights.size();
  std::vector<StatisticsRecord *> order;
  for (StatisticsRecord &record : records)
    order.push_back(&record);
  auto place = [&](const StatisticsRecord *record) {
    return std::pair(meter->placeOf(record->weights.front()), record);
  };
  llvm::sort(order, [&](const StatisticsRecord *a, const StatisticsRecord *b) {
    return place(a) < place(b);
  });
  for (StatisticsRecord *each : order) {
    StatisticsRecord &record = *each;
    size_t known = std::min(record.sensitivities.size(), record.weights.size());
    done += known;
    if (known == record.weights.size())
      continue;
    RoundingStatistics statistics(record, rounding);
    for (const std::string &weight : llvm::drop_begin(record.weights, known)) {
      std::optional<TwoSidedStatistics> both;
      if (const OutputStatistics *outputs = record.outputsOf(weight))
        both.emplace(record, *outputs, rounding);
      auto points = meter->measure(weight, statistics, both ? &*both : nullptr);
      if (!points)
        return points.takeError();
      record.sensitivities.push_back(std::move(*points));
      if (llvm::Error error = advance(double(++done) / double(all)))
        return error;
    }
  }
  return llvm::Error::success();
}
