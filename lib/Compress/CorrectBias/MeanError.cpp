// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much the means of outputs change with a weight.
#include "lib/Compress/CorrectBias/MeanError.h"

using namespace retort;
using llvm::ArrayRef;

std::vector<double> retort::meanError(ArrayRef<float> error, int64_t outputs,
                                      const Moments &moments) {
  std::vector<double> result(outputs);
  size_t inputs = moments.sum.size();
  auto rows = double(std::max<int64_t>(moments.rows, 1));
  for (int64_t i = 0; i < outputs; ++i)
    for (size_t k = 0; k < inputs; ++k)
      result[i] += double(error[i * inputs + k]) * moments.sum[k] / rows;
  return result;
}

double retort::errorWithBias(ArrayRef<float> error, ArrayRef<double> bias, const Hessian &hessian,
                             const Moments &moments) {
  auto outputs = int64_t(bias.size());
  std::vector<double> means = meanError(error, outputs, moments);
  double sum = outputError(error, outputs, hessian);
  for (auto [b, mean] : llvm::zip_equal(bias, means))
    sum += b * (b - 2 * mean);
  return sum;
}
