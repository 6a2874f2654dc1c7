// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The second moments of a weight's inputs as a matrix, and its factors.
#include "lib/Statistics/Hessian.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <numeric>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda,
             int *info);
void sgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const float *alpha, const float *a, const int *lda, const float *b, const int *ldb,
            const float *beta, float *c, const int *ldc);
}

/// What is row-major here is the transpose there.
void retort::multiply(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                      const float *b, int64_t ldb, float beta, float *c, int64_t ldc) {
  int rows = int(n), columns = int(m), depth = int(k), first = int(ldb), second = int(lda),
      result = int(ldc);
  if (rows && columns)
    sgemm_("N", "N", &rows, &columns, &depth, &alpha, b, &first, a, &second, &beta, c, &result);
}

Hessian Hessian::of(const Moments &moments, int64_t inputs) {
  return of(moments.gram, double(std::max<int64_t>(moments.rows, 1)), inputs);
}

Hessian Hessian::of(ArrayRef<float> triangle, double divisor, int64_t inputs) {
  Hessian result{inputs, ScratchArray<float>(inputs * inputs)};
  if (!(divisor > 0))
    return result;
  constexpr int64_t tile = 64; // rows whose mirrored columns a cache holds
  llvm::parallelFor(0, (inputs + tile - 1) / tile, [&](int64_t number) {
    int64_t first = number * tile, last = std::min(first + tile, inputs);
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j <= i; ++j)
        result.elements[i * inputs + j] = float(triangle[i * (i + 1) / 2 + j] / divisor);
    for (int64_t j = 0; j < last; ++j)
      for (int64_t i = std::max(first, j); i < last; ++i)
        result.elements[j * inputs + i] = result.elements[i * inputs + j];
  });
  return result;
}

double retort::usualDamping(const StatisticsRecord &record) {
  if (record.fitted.rows >= 3 * record.inputs)
    return .01;
  if (record.fitted.rows >= record.inputs)
    return .1;
  return std::min(1.0,
                  .1 * double(record.inputs) / double(std::max<int64_t>(record.fitted.rows, 1)));
}

void Hessian::damp(double share) {
  auto added = float(share * meanDiagonal());
  for (int64_t i = 0; i < size; ++i)
    elements[i * size + i] += added;
}

double Hessian::meanDiagonal() const {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sum += at(i, i);
  return sum / double(std::max<int64_t>(size, 1));
}

Hessian Hessian::divided(ArrayRef<float> scales) const {
  Hessian result{size, elements};
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      result.elements[i * size + j] /= scales[i] * scales[j];
  return result;
}

Hessian Hessian::permuted(ArrayRef<int64_t> order) const {
  auto count = int64_t(order.size());
  Hessian result{count, ScratchArray<float>(count * count)};
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j)
      result.elements[i * count + j] = at(order[i], order[j]);
  return result;
}

std::vector<int64_t> Hessian::byFallingDiagonal() const {
  std::vector<int64_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t i, int64_t j) { return at(i, i) > at(j, j); });
  return order;
}

/// In reverse order. An input that is always zero has any weight: its row is that of the identity.
static std::vector<double> dampedReverse(const Hessian &hessian, double damping,
                                         ArrayRef<int64_t> order) {
  int64_t n = hessian.size;
  std::vector<double> matrix(n * n);
  double added = damping * hessian.meanDiagonal();
  llvm::parallelFor(0, n, [&](int64_t i) {
    int64_t from = order.empty() ? i : order[i];
    const float *row = hessian.row(from);
    double *target = matrix.data() + (n - 1 - i) * n;
    for (int64_t j = 0; j < n; ++j)
      target[n - 1 - j] = row[order.empty() ? j : order[j]];
    target[n - 1 - i] = row[from] > 0 ? row[from] + added : 1;
  });
  return matrix;
}

/// H in reverse order is L L', so H is R R' with R upper triangular, and U is its inverse: that of
/// L in reverse order. The upper triangle of a column-major matrix is the lower one of a row-major
/// one.
std::optional<InverseFactor> retort::factorInverse(const Hessian &hessian, double damping,
                                                   ArrayRef<int64_t> order) {
  int n = int(hessian.size), info = 0;
  for (damping = std::max(damping, 1e-8); damping <= 1; damping *= 10) {
    std::vector<double> matrix = dampedReverse(hessian, damping, order);
    dpotrf_("U", &n, matrix.data(), &n, &info);
    if (info != 0)
      continue;
    dtrtri_("U", "N", &n, matrix.data(), &n, &info);
    if (info != 0)
      continue;
    InverseFactor result{ScratchArray<float>(matrix.size()), damping};
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i; j < n; ++j)
        result.upper[i * n + j] = float(matrix[matrix.size() - 1 - (i * n + j)]);
    return result;
  }
  return std::nullopt;
}

double retort::outputError(ArrayRef<float> error, int64_t outputs, const Hessian &hessian) {
  int64_t n = hessian.size;
  std::vector<float> product(error.size());
  multiply(outputs, n, n, 1, error.data(), n, hessian.elements.data(), n, 0, product.data(), n);
  double sum = 0;
  for (auto [a, b] : llvm::zip_equal(error, product))
    sum += double(a) * b;
  return std::max(sum, 0.0);
}

double retort::twoSidedError(ArrayRef<float> error, const Hessian &outputs, const Hessian &inputs) {
  int64_t n = outputs.size, k = inputs.size;
  std::vector<float> left(error.size()), right(error.size());
  multiply(n, k, n, 1, outputs.elements.data(), n, error.data(), k, 0, left.data(), k);
  multiply(n, k, k, 1, error.data(), k, inputs.elements.data(), k, 0, right.data(), k);
  double sum = 0;
  for (auto [a, b] : llvm::zip_equal(left, right))
    sum += double(a) * b;
  return std::max(sum, 0.0);
}

double retort::relativeOutputError(double error, double whole) {
  return whole > 0 ? std::sqrt(std::max(error, 0.0) / whole) : 0;
}
