// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What changes parameters by their gradient. A new one is a file that implements Optimizer, a line
// in Optimizer.cpp and its name in lib/Train/TrainingOptions.
#ifndef RETORT_LIB_TRAINER_OPTIMIZER_H
#define RETORT_LIB_TRAINER_OPTIMIZER_H

#include "lib/Train/TrainingOptions.h"
#include "lib/Trainer/Objective.h"

#include <memory>

namespace retort {

/// What an optimizer knows of the updates so far.
struct OptimizerState {
  int64_t updates = 0;
  /// As many arrays for each parameter as the optimizer wants, as large as the parameter.
  std::vector<ParameterValues> arrays;
};

/// An optimizer holds what the user says, and no state.
class Optimizer {
public:
  virtual ~Optimizer();

  /// One update of all parameters. `scale` is what the gradient is multiplied with first, `rate`
  /// that of the schedule: a parameter's own factor comes on top.
  void update(llvm::ArrayRef<Parameter> parameters, const ParameterValues &gradient, double scale,
              double rate, ParameterValues &values, OptimizerState &state) const;
  /// Before the first update.
  OptimizerState start(llvm::ArrayRef<Parameter> parameters) const;

protected:
  /// One parameter in one update, which is number `update` counted from 1.
  struct Change {
    int64_t update;
    const float *gradient;
    float *values;
    int64_t count;
    double scale, rate;
    bool decays;
  };
  virtual size_t arraysOfState() const = 0;
  /// `arrays` are the state's of this parameter.
  virtual void change(const Change &change, llvm::ArrayRef<float *> arrays) const = 0;
};

/// Of the name in the options; an error where there is none of that name.
llvm::Expected<std::unique_ptr<Optimizer>> makeOptimizer(const TrainingOptions &options);

/// An array for each parameter, as large as it.
ParameterValues zerosOf(llvm::ArrayRef<Parameter> parameters);

/// Root of the sum of the squares of all elements, in f64, one array after the other: not finite
/// where one of them is not.
double normOf(const ParameterValues &gradient);

} // namespace retort

#endif
