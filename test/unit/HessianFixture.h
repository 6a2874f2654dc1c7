// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Second moments of correlated inputs, and a naive inverse, for tests of what is fitted to a
// sample.
#ifndef RETORT_TEST_UNIT_HESSIANFIXTURE_H
#define RETORT_TEST_UNIT_HESSIANFIXTURE_H

#include "lib/Statistics/Hessian.h"

#include <cmath>
#include <random>
#include <vector>

namespace retort {

using Matrix = std::vector<std::vector<double>>;

/// Correlated inputs: H = A A' / n.
inline Hessian makeHessian(int64_t size, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  int64_t rows = 3 * size;
  std::vector<std::vector<float>> x(rows, std::vector<float>(size));
  for (auto &row : x) {
    float common = normal(engine);
    for (int64_t k = 0; k < size; ++k)
      row[k] = (normal(engine) + common) * (1 + float(k % 5));
  }
  Hessian hessian{size, ScratchArray<float>(size * size)};
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      for (auto &row : x)
        hessian.elements[i * size + j] += row[i] * row[j] / float(rows);
  return hessian;
}

/// Row by row.
inline Hessian hessianOf(int64_t size, const std::vector<float> &elements) {
  Hessian hessian{size, ScratchArray<float>(elements.size())};
  std::copy(elements.begin(), elements.end(), hessian.elements.begin());
  return hessian;
}

/// Gauss-Jordan.
inline Matrix inverse(Matrix a) {
  size_t n = a.size();
  Matrix result(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i)
    result[i][i] = 1;
  for (size_t i = 0; i < n; ++i) {
    size_t pivot = i;
    for (size_t r = i; r < n; ++r)
      if (std::abs(a[r][i]) > std::abs(a[pivot][i]))
        pivot = r;
    std::swap(a[i], a[pivot]);
    std::swap(result[i], result[pivot]);
    double scale = a[i][i];
    for (size_t k = 0; k < n; ++k) {
      a[i][k] /= scale;
      result[i][k] /= scale;
    }
    for (size_t r = 0; r < n; ++r) {
      double factor = a[r][i];
      for (size_t k = 0; r != i && k < n; ++k) {
        a[r][k] -= factor * a[i][k];
        result[r][k] -= factor * result[i][k];
      }
    }
  }
  return result;
}

} // namespace retort

#endif
