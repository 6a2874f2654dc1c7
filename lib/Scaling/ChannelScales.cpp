// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// By what the inputs of weights are divided, and the weights multiplied with.
#include "lib/Scaling/ChannelScales.h"

#include <algorithm>
#include <cmath>

using namespace retort;
using llvm::ArrayRef;

std::vector<double> retort::sizesOf(ArrayRef<float> sumOfSquares, int64_t rows) {
  std::vector<double> sizes;
  for (float squares : sumOfSquares)
    sizes.push_back(std::sqrt(double(squares) / double(std::max<int64_t>(rows, 1))));
  return sizes;
}

std::vector<float> retort::scalesOf(ArrayRef<double> sizes, double exponent,
                                    const ChannelSource &source) {
  std::vector<double> classes = source.meanOfClasses(sizes);
  double largest = *std::max_element(classes.begin(), classes.end());
  std::vector<float> scales(sizes.size(), 1);
  if (!(largest > 0))
    return scales;
  for (double &size : classes)
    size = std::pow(std::max(size / largest, 1e-4), exponent);
  auto [low, high] = std::minmax_element(classes.begin(), classes.end());
  double middle = std::sqrt(*low * *high);
  for (size_t k = 0; k < scales.size(); ++k)
    scales[k] = float(classes[source.classes[k]] / middle);
  return scales;
}

void retort::roundToPowersOfTwo(llvm::MutableArrayRef<float> scales) {
  for (float &scale : scales)
    scale = std::exp2(std::nearbyint(std::log2(scale)));
}

std::vector<float> retort::scaledInputs(ArrayRef<float> weights, ArrayRef<float> scales) {
  std::vector<float> result(weights.begin(), weights.end());
  for (size_t i = 0; i < result.size(); ++i)
    result[i] *= scales[i % scales.size()];
  return result;
}
