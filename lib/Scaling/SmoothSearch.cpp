// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much of the range of activations moves into weights before both are rounded to eight bits.
#include "lib/Scaling/SmoothSearch.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;

std::vector<float> SmoothedSet::scalesOf(double alpha, const ChannelSource &source) const {
  std::vector<double> sizes(fitted.size, 1e-5);
  for (const GroupedMatrix &matrix : matrices)
    for (size_t i = 0; i < matrix.weights.size(); ++i)
      sizes[i % sizes.size()] =
          std::max(sizes[i % sizes.size()], double(std::abs(matrix.weights[i])));
  for (auto [size, largest] : llvm::zip_equal(sizes, record->fitted.largest))
    size = std::pow(std::max(double(largest), 1e-5), alpha) / std::pow(size, 1 - alpha);
  return retort::scalesOf(sizes, 1, source);
}

double SmoothedSet::stepOf(const Moments &moments, ArrayRef<float> scales) const {
  double largest = 0;
  for (auto [value, scale] : llvm::zip_equal(moments.largest, scales))
    largest = std::max(largest, double(value) / scale);
  return largest > 0 ? largest / 127 : 1;
}

SetError SmoothedSet::errorOf(ArrayRef<float> scales) const {
  SetError error = errorWithScales(matrices, fitted, held, scales, {});
  double step = stepOf(record->fitted, scales);
  std::vector<double> gains(fitted.size); // of outputs by each input as it is then
  for (const GroupedMatrix &matrix : matrices)
    for (size_t i = 0; i < matrix.weights.size(); ++i)
      gains[i % gains.size()] += std::pow(double(matrix.weights[i]) * scales[i % gains.size()], 2);
  for (int64_t k = 0; k < fitted.size; ++k) {
    double square = double(scales[k]) * scales[k], noise = step * step / 12;
    error.fitted += gains[k] * std::min(noise, fitted.at(k, k) / square);
    error.held += gains[k] * std::min(noise, held.at(k, k) / square);
  }
  return error;
}
