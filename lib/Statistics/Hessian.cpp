// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The second moments of a weight's inputs as a matrix, and its factors.
#include "lib/Statistics/Hessian.h"

#include <algorithm>
#include <numeric>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
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
  Hessian result{inputs, std::vector<float>(inputs * inputs)};
  double rows = double(std::max<int64_t>(moments.rows, 1));
  const float *next = moments.gram.data();
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j <= i; ++j)
      result.elements[i * inputs + j] = result.elements[j * inputs + i] = float(*next++ / rows);
  return result;
}

double retort::usualDamping(const StatisticsRecord &record) {
  return record.fitted.rows < 3 * record.inputs ? .1 : .01;
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
  Hessian result{size, std::vector<float>(elements.size())};
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      result.elements[i * size + j] = at(order[i], order[j]);
  return result;
}

std::vector<int64_t> Hessian::byFallingDiagonal() const {
  std::vector<int64_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t i, int64_t j) { return at(i, i) > at(j, j); });
  return order;
}

/// The lower triangle of a column-major matrix is the upper one of a row-major one: A = L L' there
/// is A = U'U here.
static bool factor(std::vector<double> &matrix, int n) {
  int info = 0;
  dpotrf_("L", &n, matrix.data(), &n, &info);
  return info == 0;
}

/// An input that is always zero has any weight: its row of the matrix is that of the identity.
static std::vector<double> dampedCopy(const Hessian &hessian, double damping) {
  int64_t n = hessian.size;
  std::vector<double> matrix(hessian.elements.begin(), hessian.elements.end());
  double added = damping * hessian.meanDiagonal();
  for (int64_t i = 0; i < n; ++i)
    matrix[i * n + i] = hessian.at(i, i) > 0 ? matrix[i * n + i] + added : 1;
  return matrix;
}

std::optional<InverseFactor> retort::factorInverse(const Hessian &hessian, double damping) {
  int n = int(hessian.size), info = 0;
  for (damping = std::max(damping, 1e-8); damping <= 1; damping *= 10) {
    std::vector<double> matrix = dampedCopy(hessian, damping);
    if (!factor(matrix, n))
      continue;
    dpotri_("L", &n, matrix.data(), &n, &info);
    if (info != 0 || !factor(matrix, n))
      continue;
    InverseFactor result{std::vector<float>(matrix.size()), damping};
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i; j < n; ++j)
        result.upper[i * n + j] = float(matrix[i * n + j]);
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
