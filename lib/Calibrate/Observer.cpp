// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the weights of a model are multiplied with.
#include "lib/Calibrate/Observer.h"

using namespace retort;
using runtime::Tensor;

Observer::Observer(const ObservedModel &observed, KeptSums kept, llvm::StringRef folder) {
  const auto &outputs = observed.model->function("main")->info().outputs;
  all.reserve(observed.activations.size());
  for (const ExposedActivations &exposed : observed.activations)
    if (int64_t inputs = outputs[exposed.outputs.front()].shape.back(); inputs > 0)
      all.push_back(
          {&exposed, inputs, Accumulator(inputs, kept, folder), Accumulator(inputs, kept, folder)});
  for (const ExposedSegments &exposed : observed.segments)
    stream.push_back({exposed, outputs[exposed.before].shape.back(), {}});
}

/// The rows that count, one behind the other.
static Tensor rowsOf(const Tensor &activation, const CountedRows &counted, int64_t width) {
  Tensor rows = activation.floatRows(0, activation.count() / width);
  if (!counted.applyTo(activation.shape()))
    return rows;
  const std::vector<char> &counts = counted.counts;
  auto count = std::count(counts.begin(), counts.end(), 1);
  Tensor result = Tensor::allocate(runtime::ElementType::F32, {count, width});
  float *target = result.as<float>();
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i])
      target = std::copy_n(rows.as<float>() + int64_t(i) * width, width, target);
  return result;
}

void Observer::observe(const std::vector<Tensor> &outputs, const CountedRows &counted) {
  for (Observation &each : all)
    for (int64_t output : each.exposed->outputs) {
      Tensor rows = rowsOf(outputs[output], counted, each.inputs);
      Accumulator &sums = isHeld ? each.held : each.fitted;
      if (llvm::Error error = sums.add(rows.as<float>(), rows.count() / each.inputs)) {
        std::string what = llvm::toString(std::move(error));
        if (problem.empty())
          problem = "what '" + each.exposed->weights.front() + "' is multiplied with " + what;
      }
    }
  for (StreamObservation &each : stream) {
    const Tensor &before = outputs[each.exposed.before], &behind = outputs[each.exposed.behind];
    if (before.count() != behind.count())
      continue;
    Tensor first = rowsOf(before, counted, each.width),
           second = rowsOf(behind, counted, each.width);
    each.sum.add(first.as<float>(), second.as<float>(), first.count() / each.width, each.width);
  }
}

std::vector<StreamCosine> Observer::segments() const {
  std::vector<StreamCosine> result;
  for (const StreamObservation &each : stream)
    result.push_back({each.exposed.first, each.exposed.count, each.sum.rows(), each.sum.mean()});
  return result;
}

void Observer::save(llvm::raw_ostream &file) const {
  for (const Observation &each : all)
    for (const Accumulator *sums : {&each.fitted, &each.held})
      sums->save(file);
  for (const StreamObservation &each : stream)
    each.sum.save(file);
}

bool Observer::load(llvm::StringRef &bytes) {
  for (Observation &each : all)
    for (Accumulator *sums : {&each.fitted, &each.held})
      if (!sums->load(bytes))
        return false;
  for (StreamObservation &each : stream)
    if (!each.sum.load(bytes))
      return false;
  return true;
}

std::vector<StatisticsRecord> Observer::records() {
  std::vector<StatisticsRecord> result;
  for (Observation &each : all)
    result.push_back(
        {each.exposed->weights, each.inputs, each.fitted.moments(), each.held.moments(), {}});
  return result;
}
