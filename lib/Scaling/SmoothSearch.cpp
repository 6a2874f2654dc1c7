// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much of the range of activations moves into weights before both are rounded to eight bits.
#include "lib/Scaling/SmoothSearch.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;

void InputRange::add(const Moments &moments, ArrayRef<float> scales) {
  bool isSigned = !moments.least.empty();
  bool isPositive = llvm::equal(moments.sum, moments.sumOfMagnitudes);
  for (size_t k = 0; k < scales.size(); ++k) {
    double most = isSigned ? moments.most[k] : moments.largest[k],
           least = isSigned     ? moments.least[k]
                   : isPositive ? 0
                                : -moments.largest[k];
    low = std::min(low, least / scales[k]);
    high = std::max(high, most / scales[k]);
  }
}

int InputRange::zero() const { return int(std::nearbyint(std::clamp(-low / step(), 0.0, 255.0))); }

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

SetError SmoothedSet::inputError(ArrayRef<float> scales) const {
  InputRange range;
  range.add(record->fitted, scales);
  double noise = range.step() * range.step() / 12;
  std::vector<double> gains(fitted.size); // of outputs by each input as it is then
  for (const GroupedMatrix &matrix : matrices)
    for (size_t i = 0; i < matrix.weights.size(); ++i)
      gains[i % gains.size()] += std::pow(double(matrix.weights[i]) * scales[i % gains.size()], 2);
  SetError error;
  for (int64_t k = 0; k < fitted.size; ++k) {
    double square = double(scales[k]) * scales[k];
    error.fitted += gains[k] * std::min(noise, fitted.at(k, k) / square);
    error.held += gains[k] * std::min(noise, held.at(k, k) / square);
  }
  return error;
}

SetError SmoothedSet::errorOf(ArrayRef<float> scales) const {
  SetError weights = errorWithScales(matrices, fitted, held, scales, {}),
           inputs = inputError(scales);
  return {weights.fitted + inputs.fitted, weights.held + inputs.held};
}
