// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix that makes outputs of features, by least squares.
#include "lib/Compress/ReplaceAttentionByRetention/RidgeFit.h"

#include <algorithm>
#include <cmath>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void sgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const float *alpha, const float *a, const int *lda, const float *b, const int *ldb,
            const float *beta, float *c, const int *ldc);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc);
void dposv_(const char *uplo, const int *n, const int *columns, double *a, const int *lda,
            double *b, const int *ldb, int *info);
}

/// Of the mean diagonal.
static constexpr double ridges[] = {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};

RidgeSums::RidgeSums(int64_t features, int64_t outputs) : features(features), outputs(outputs) {
  for (Part *part : {&fitted, &held}) {
    part->gram.resize(features * features);
    part->cross.resize(features * outputs);
    part->sum.resize(outputs);
  }
}

void RidgeSums::add(bool isHeld, int64_t count, const float *z, const float *y) {
  Part &part = isHeld ? held : fitted;
  part.rows += count;
  auto addProduct = [&](const float *b, int64_t width, std::vector<double> &sums) {
    // Column-major c = b z' there is row-major z' b here.
    int m = int(width), n = int(features), k = int(count);
    float one = 1, zero = 0;
    product.resize(features * width);
    sgemm_("N", "T", &m, &n, &k, &one, b, &m, z, &n, &zero, product.data(), &m);
    for (size_t i = 0; i < sums.size(); ++i)
      sums[i] += product[i];
  };
  addProduct(z, features, part.gram);
  addProduct(y, outputs, part.cross);
  for (int64_t row = 0; row < count; ++row)
    for (int64_t i = 0; i < outputs; ++i) {
      double number = y[row * outputs + i];
      part.sum[i] += number;
      part.squares += number * number;
    }
}

/// C = A B + beta C, row-major.
static void multiplyAdd(int64_t rows, int64_t inner, int64_t columns, const double *a,
                        const double *b, double beta, double *c) {
  int m = int(columns), n = int(rows), k = int(inner);
  double one = 1;
  dgemm_("N", "N", &m, &n, &k, &one, b, &m, a, &k, &beta, c, &m);
}

/// tr(W' A W - 2 W' B) + sum |y|^2, by sum |y - mean|^2.
static double errorOf(const RidgeSums &sums, ArrayRef<double> weights) {
  const RidgeSums::Part &part = sums.checked();
  std::vector<double> product(part.cross);
  for (double &number : product)
    number *= -2;
  multiplyAdd(sums.features, sums.features, sums.outputs, part.gram.data(), weights.data(), 1,
              product.data());
  double total = part.squares, spread = part.squares;
  for (size_t i = 0; i < product.size(); ++i)
    total += weights[i] * product[i];
  for (double sum : part.sum)
    spread -= sum * sum / double(std::max<int64_t>(part.rows, 1));
  return total / std::max(spread, 1e-300);
}

double retort::errorOf(const RidgeSums &sums, ArrayRef<float> weights) {
  return ::errorOf(sums, std::vector<double>(weights.begin(), weights.end()));
}

/// Of (A + ridge) (W - start) = B - A start.
static std::optional<std::vector<double>> solve(const RidgeSums &sums, ArrayRef<double> right,
                                                double ridge) {
  std::vector<double> matrix(sums.fitted.gram);
  double trace = 0;
  for (int64_t i = 0; i < sums.features; ++i)
    trace += matrix[i * sums.features + i];
  double added = ridge * trace / double(sums.features);
  for (int64_t i = 0; i < sums.features; ++i)
    matrix[i * sums.features + i] += added > 0 ? added : 1;
  // Columns of LAPACK's right side are our outputs.
  std::vector<double> columns(right.size());
  for (int64_t i = 0; i < sums.features; ++i)
    for (int64_t j = 0; j < sums.outputs; ++j)
      columns[j * sums.features + i] = right[i * sums.outputs + j];
  int n = int(sums.features), count = int(sums.outputs), info = 0;
  dposv_("L", &n, &count, matrix.data(), &n, columns.data(), &n, &info);
  if (info != 0)
    return std::nullopt;
  std::vector<double> result(right.size());
  for (int64_t i = 0; i < sums.features; ++i)
    for (int64_t j = 0; j < sums.outputs; ++j)
      result[i * sums.outputs + j] = columns[j * sums.features + i];
  return result;
}

RidgeResult retort::fitRidge(const RidgeSums &sums, ArrayRef<float> start) {
  std::vector<double> from(sums.features * sums.outputs), right(sums.fitted.cross);
  std::copy(start.begin(), start.end(), from.begin());
  std::vector<double> product(right.size());
  multiplyAdd(sums.features, sums.features, sums.outputs, sums.fitted.gram.data(), from.data(), 0,
              product.data());
  for (size_t i = 0; i < right.size(); ++i)
    right[i] -= product[i];
  RidgeResult best;
  best.ridge = INFINITY;
  best.error = ::errorOf(sums, from);
  best.weights.assign(from.begin(), from.end());
  for (double ridge : ridges) {
    auto change = solve(sums, right, ridge);
    if (!change)
      continue;
    for (size_t i = 0; i < from.size(); ++i)
      (*change)[i] += from[i];
    double error = ::errorOf(sums, *change);
    if (error < best.error) {
      best.error = error;
      best.ridge = ridge;
      best.weights.assign(change->begin(), change->end());
    }
  }
  return best;
}
