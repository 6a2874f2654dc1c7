// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What changes parameters by their gradient.
#include "lib/Trainer/Optimizer.h"
#include "lib/Trainer/AdamW.h"
#include "lib/Trainer/Sgd.h"
#include "lib/Trainer/UpdateLoops.h"

#include <cmath>

using namespace retort;

static constexpr std::pair<const char *, std::unique_ptr<Optimizer> (*)(const TrainingOptions &)>
    optimizers[] = {{"adamw", makeAdamW}, {"sgd", makeSgd}};

Optimizer::~Optimizer() = default;

ParameterValues retort::zerosOf(llvm::ArrayRef<Parameter> parameters) {
  ParameterValues values;
  for (const Parameter &parameter : parameters)
    values.emplace_back(parameter.start.size());
  return values;
}

OptimizerState Optimizer::start(llvm::ArrayRef<Parameter> parameters) const {
  OptimizerState state;
  for (size_t i = 0; i < arraysOfState(); ++i)
    state.arrays.push_back(zerosOf(parameters));
  return state;
}

void Optimizer::update(llvm::ArrayRef<Parameter> parameters, const ParameterValues &gradient,
                       double scale, double rate, ParameterValues &values,
                       OptimizerState &state) const {
  ++state.updates;
  for (size_t i = 0; i < parameters.size(); ++i) {
    llvm::SmallVector<float *, 2> arrays;
    for (ParameterValues &each : state.arrays)
      arrays.push_back(each[i].data());
    change({state.updates, gradient[i].data(), values[i].data(), int64_t(values[i].size()), scale,
            rate * parameters[i].rate, parameters[i].decays},
           arrays);
  }
}

llvm::Expected<std::unique_ptr<Optimizer>> retort::makeOptimizer(const TrainingOptions &options) {
  for (auto [name, make] : optimizers)
    if (options.optimizer == name)
      return make(options);
  return llvm::createStringError("there is no optimizer '" + options.optimizer + "'");
}

double retort::normOf(const ParameterValues &gradient) {
  double sum = 0;
  for (const std::vector<float> &each : gradient)
    sum += sumOfSquares(each.data(), int64_t(each.size()));
  return std::sqrt(sum);
}
