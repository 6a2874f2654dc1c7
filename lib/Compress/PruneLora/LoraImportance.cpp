// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter, by the gradients of factors beside their weights.
#include "lib/Compress/PruneLora/LoraImportance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace retort;
using llvm::ArrayRef;

std::vector<double> retort::loraImportance(const FactoredMatrix &matrix, int64_t units,
                                           ArrayRef<float> a, ArrayRef<float> b, ArrayRef<float> da,
                                           ArrayRef<float> db) {
  std::vector<double> sums(units);
  int64_t columns = matrix.outputs;
  std::vector<float> gradient(columns), product(columns);
  bool isOfInputs = (matrix.units.axis == 0) != matrix.isSwapped;
  for (int64_t k = 0; k < matrix.inputs; ++k) {
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    std::fill(product.begin(), product.end(), 0.0f);
    for (int64_t j = 0; j < matrix.rank; ++j) {
      float x = a[k * matrix.rank + j], dx = da[k * matrix.rank + j];
      for (int64_t n = 0; n < columns; ++n) {
        float y = b[j * columns + n], dy = db[j * columns + n];
        gradient[n] += x * dy + dx * y - dx * dy;
        product[n] += x * y;
      }
    }
    for (int64_t n = 0; n < columns; ++n) {
      int32_t unit = matrix.units.units[isOfInputs ? k : n];
      if (unit < 0)
        continue;
      double w = matrix.weights[matrix.isSwapped ? n * matrix.inputs + k : k * columns + n];
      sums[unit] += std::abs(gradient[n] * (w + matrix.scale * product[n]));
    }
  }
  double squares = 0;
  for (double sum : sums)
    squares += sum * sum;
  for (double &sum : sums)
    sum = squares > 0 ? sum / std::sqrt(squares) : 0;
  return sums;
}

void GradualMask::see(ArrayRef<double> scores) {
  for (auto [mean, score] : llvm::zip_equal(average, scores))
    mean = isNew ? score : .9 * mean + .1 * score;
  isNew = false;
}

std::vector<float> GradualMask::at(double t) const {
  auto units = int64_t(average.size());
  double left = 1 - t, share = 1 - left * left * left;
  std::vector<int64_t> order(units);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t i, int64_t k) { return average[i] < average[k]; });
  std::vector<float> mask(units, 1);
  for (int64_t i = 0; i < std::llround(share * double(units - kept)); ++i)
    mask[order[i]] = 0;
  return mask;
}

std::vector<double> GradualMask::scoresOf(ArrayRef<float> mask) const {
  double largest = 0;
  for (double mean : average)
    largest = std::max(largest, mean);
  std::vector<double> scores(average.size());
  for (size_t i = 0; i < scores.size(); ++i)
    scores[i] = mask[i] != 0 ? 1 + (largest > 0 ? average[i] / largest : 0) : 0;
  return scores;
}
