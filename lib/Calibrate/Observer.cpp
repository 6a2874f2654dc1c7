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
}

/// The rows that count, one behind the other.
static Tensor countedOf(const Tensor &rows, const std::vector<char> &counts, int64_t inputs) {
  auto count = std::count(counts.begin(), counts.end(), 1);
  Tensor result = Tensor::allocate(runtime::ElementType::F32, {count, inputs});
  float *target = result.as<float>();
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i])
      target = std::copy_n(rows.as<float>() + int64_t(i) * inputs, inputs, target);
  return result;
}

void Observer::observe(const std::vector<Tensor> &outputs, const CountedRows &counted) {
  for (Observation &each : all)
    for (int64_t output : each.exposed->outputs) {
      const Tensor &activation = outputs[output];
      Tensor rows = activation.floatRows(0, activation.count() / each.inputs);
      if (counted.applyTo(activation.shape()))
        rows = countedOf(rows, counted.counts, each.inputs);
      Accumulator &sums = isHeld ? each.held : each.fitted;
      if (llvm::Error error = sums.add(rows.as<float>(), rows.count() / each.inputs)) {
        std::string what = llvm::toString(std::move(error));
        if (problem.empty())
          problem = "what '" + each.exposed->weights.front() + "' is multiplied with " + what;
      }
    }
}

void Observer::save(llvm::raw_ostream &stream) const {
  for (const Observation &each : all)
    for (const Accumulator *sums : {&each.fitted, &each.held})
      sums->save(stream);
}

bool Observer::load(llvm::StringRef bytes) {
  for (Observation &each : all)
    for (Accumulator *sums : {&each.fitted, &each.held})
      if (!sums->load(bytes))
        return false;
  return bytes.empty();
}

std::vector<StatisticsRecord> Observer::records() {
  std::vector<StatisticsRecord> result;
  for (Observation &each : all)
    result.push_back(
        {each.exposed->weights, each.inputs, each.fitted.moments(), each.held.moments(), {}});
  return result;
}
