// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of more windows than are read at once.
#include "lib/Trainer/LossInParts.h"

using namespace retort;
using llvm::ArrayRef;

static double sumOfWeights(ArrayRef<TokenWindow> windows) {
  double sum = 0;
  for (const TokenWindow &window : windows)
    for (float weight : window.weights)
      sum += double(weight);
  return sum;
}

/// `lossOf` takes a part and the sum of the weights of all.
static llvm::Expected<double>
sumOverParts(ArrayRef<TokenWindow> windows, size_t most, BeforePart before,
             llvm::function_ref<llvm::Expected<double>(ArrayRef<TokenWindow>, double)> lossOf) {
  // Of windows that are prompts alone, all is 0.
  double total = std::max(sumOfWeights(windows), 1.), sum = 0;
  for (; !windows.empty(); windows = windows.drop_front(std::min(most, windows.size()))) {
    if (llvm::Error error = before())
      return std::move(error);
    llvm::Expected<double> loss = lossOf(windows.take_front(most), total);
    if (!loss)
      return loss;
    sum += *loss;
  }
  return sum;
}

llvm::Expected<double> retort::lossInParts(Objective &objective, ArrayRef<TokenWindow> windows,
                                           size_t most, const ParameterValues &values,
                                           BeforePart before) {
  return sumOverParts(windows, std::min(most, objective.mostWindows()), before,
                      [&](ArrayRef<TokenWindow> part, double total) {
                        return objective.loss(part, total, values);
                      });
}

llvm::Expected<double> retort::gradientInParts(Objective &objective, ArrayRef<TokenWindow> windows,
                                               size_t most, const ParameterValues &values,
                                               ParameterValues &gradient, BeforePart before) {
  for (std::vector<float> &each : gradient)
    each.clear();
  return sumOverParts(windows, std::min(most, objective.mostWindows()), before,
                      [&](ArrayRef<TokenWindow> part, double total) {
                        return objective.addGradient(part, total, values, gradient);
                      });
}
