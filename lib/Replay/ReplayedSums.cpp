// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of the rows of a call in f32, their sums over calls in f64.
#include "lib/Replay/ReplayedSums.h"

#include <cmath>

using namespace retort;

extern "C" void sgemm_(const char *transa, const char *transb, const int *m, const int *n,
                       const int *k, const float *alpha, const float *a, const int *lda,
                       const float *b, const int *ldb, const float *beta, float *c, const int *ldc);

ReplayedSums::ReplayedSums(int64_t inputs) : inputs(inputs), fitted(inputs), held(inputs) {}

void ReplayedSums::addProduct(const float *a, const float *b, int64_t count,
                              std::vector<double> &sums) {
  // Column-major c = b a' there is row-major a' b here.
  int n = int(inputs), rows = int(count);
  float one = 1, zero = 0;
  product.resize(inputs * inputs);
  sgemm_("N", "T", &n, &n, &rows, &one, b, &n, a, &n, &zero, product.data(), &n);
  for (auto [sum, term] : llvm::zip_equal(sums, product))
    sum += term;
}

llvm::Error ReplayedSums::add(const ReplayedRows &rows) {
  for (int64_t i = 0; i < rows.count * inputs; ++i)
    if (!std::isfinite(rows.changed[i]))
      return llvm::createStringError("are not finite: expects finite numbers");
  Triangle &sums = rows.isHeld ? held : fitted;
  sums.rows += rows.count;
  addProduct(rows.changed, rows.changed, rows.count, sums.sums);
  if (rows.isHeld || rows.original == rows.changed)
    return llvm::Error::success();
  changed = true;
  missing.resize(inputs * inputs);
  difference.resize(rows.count * inputs);
  for (int64_t i = 0; i < rows.count * inputs; ++i)
    difference[i] = rows.original[i] - rows.changed[i];
  addProduct(difference.data(), rows.changed, rows.count, missing);
  return llvm::Error::success();
}

Moments ReplayedSums::moments(Triangle &triangle) const {
  triangle.gram.clear();
  triangle.squares.clear();
  for (int64_t i = 0; i < inputs; ++i) {
    for (int64_t j = 0; j <= i; ++j)
      triangle.gram.push_back(float(triangle.sums[i * inputs + j]));
    triangle.squares.push_back(triangle.gram.back());
  }
  Moments result;
  result.rows = triangle.rows;
  result.sumOfSquares = triangle.squares;
  result.gram = triangle.gram;
  return result;
}

StatisticsRecord ReplayedSums::record(const StatisticsRecord &known) {
  StatisticsRecord result = known;
  result.fitted = moments(fitted);
  result.held = moments(held);
  return result;
}

std::vector<float> ReplayedSums::cross() const {
  std::vector<float> result(inputs * inputs);
  for (size_t i = 0; i < missing.size(); ++i)
    result[i] = float(missing[i] / double(std::max<int64_t>(fitted.rows, 1)));
  return result;
}
