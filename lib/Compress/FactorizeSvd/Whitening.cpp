// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Truncation of W L, by an eigendecomposition on the shorter side.
//
// With W L = U S V', the best W L of rank r is U_r U_r' W L. So the best W is U_r U_r' W: L need
// not be inverted, and what a singular H says nothing of does no harm. U are eigenvectors of (W L)
// (W L)', or, where inputs are fewer than outputs, W L V normalized, V being those of (W L)' (W L).
// That squares the condition: singular values below 1e-7 of the largest, which hold 1e-14 of the
// energy, are taken for zero.
#include "lib/Compress/FactorizeSvd/Whitening.h"

#include <algorithm>
#include <cmath>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dtrmm_(const char *side, const char *uplo, const char *trans, const char *diag, const int *m,
            const int *n, const double *alpha, const double *a, const int *lda, double *b,
            const int *ldb);
void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
            const double *a, const int *lda, const double *beta, double *c, const int *ldc);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc);
void dsyevd_(const char *job, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
}

using Doubles = std::vector<double>;

double retort::usualWhitening(const StatisticsRecord &record) {
  double usual = usualDamping(record);
  return usual < .1 ? usual / 100 : usual;
}

/// What is row-major here is the transpose there: the upper triangle there is the lower one here.
std::optional<Whitening> Whitening::of(const Hessian &hessian, double damping) {
  double mean = hessian.meanDiagonal();
  if (!(mean > 0) || !std::isfinite(mean))
    return std::nullopt;
  int n = int(hessian.size), info = 0;
  for (damping = std::max(damping, 1e-8); damping <= 1; damping *= 10) {
    Doubles lower(hessian.elements.begin(), hessian.elements.end());
    for (int64_t i = 0; i < n; ++i)
      lower[i * n + i] += damping * mean;
    dpotrf_("U", &n, lower.data(), &n, &info);
    if (info == 0)
      return Whitening{n, std::move(lower), damping};
  }
  return std::nullopt;
}

/// W L.
static Doubles whitened(const WeightRows &weight, const Whitening *whitening) {
  Doubles result(weight.elements.begin(), weight.elements.end());
  int outputs = int(weight.outputs), inputs = int(weight.inputs);
  double one = 1;
  if (whitening)
    dtrmm_("L", "U", "N", "N", &inputs, &outputs, &one, whitening->lower.data(), &inputs,
           result.data(), &inputs);
  return result;
}

namespace {
/// Eigenvalues, rising, and where they are wanted eigenvectors, a row each.
struct Eigen {
  int64_t size;
  Doubles vectors, values;
};
} // namespace

/// Of X X', or of X' X where X, of rows x columns, is higher than wide.
static std::optional<Eigen> decompose(const Doubles &x, int rows, int columns, bool withVectors) {
  bool isWide = rows <= columns;
  int n = std::min(rows, columns), depth = std::max(rows, columns), info = 0, query = -1;
  Eigen result{n, Doubles(int64_t(n) * n), Doubles(n)};
  double one = 1, zero = 0, best = 0;
  dsyrk_("L", isWide ? "T" : "N", &n, &depth, &one, x.data(), &columns, &zero,
         result.vectors.data(), &n);
  const char *job = withVectors ? "V" : "N";
  int integers = 0;
  dsyevd_(job, "L", &n, result.vectors.data(), &n, result.values.data(), &best, &query, &integers,
          &query, &info);
  if (info != 0)
    return std::nullopt;
  int length = int(best);
  Doubles work(length);
  std::vector<int> integerWork(integers);
  dsyevd_(job, "L", &n, result.vectors.data(), &n, result.values.data(), work.data(), &length,
          integerWork.data(), &integers, &info);
  if (info != 0 || !std::all_of(result.values.begin(), result.values.end(),
                                [](double value) { return std::isfinite(value); }))
    return std::nullopt;
  return result;
}

std::optional<Doubles> retort::squaredSingularValues(const WeightRows &weight,
                                                     const Whitening *whitening) {
  auto eigen = decompose(whitened(weight, whitening), int(weight.outputs), int(weight.inputs),
                         /*withVectors=*/false);
  if (!eigen)
    return std::nullopt;
  std::reverse(eigen->values.begin(), eigen->values.end());
  for (double &value : eigen->values)
    value = std::max(value, 0.0);
  return std::move(eigen->values);
}

/// Row by row c = a b, of m x k times k x n.
static Doubles product(const double *a, const double *b, int m, int k, int n, bool transposeB) {
  Doubles c(int64_t(m) * n);
  double one = 1, zero = 0;
  dgemm_(transposeB ? "T" : "N", "N", &n, &m, &k, &one, b, transposeB ? &k : &n, a, &k, &zero,
         c.data(), &n);
  return c;
}

/// U_r', a row for each of the largest singular values, the largest first.
static std::optional<Doubles> leftVectors(const WeightRows &weight, const Whitening *whitening,
                                          int64_t rank) {
  int outputs = int(weight.outputs), inputs = int(weight.inputs);
  Doubles x = whitened(weight, whitening);
  auto eigen = decompose(x, outputs, inputs, /*withVectors=*/true);
  if (!eigen)
    return std::nullopt;
  int64_t n = eigen->size;
  Doubles largest(rank * n);
  for (int64_t r = 0; r < rank; ++r)
    std::copy_n(&eigen->vectors[(n - 1 - r) * n], n, &largest[r * n]);
  if (outputs <= inputs)
    return largest;
  Doubles vectors = product(largest.data(), x.data(), int(rank), inputs, outputs, true);
  for (int64_t r = 0; r < rank; ++r) {
    double value = eigen->values[n - 1 - r];
    bool isZero = !(value > 1e-14 * eigen->values[n - 1]);
    for (int64_t i = 0; i < outputs; ++i)
      vectors[r * outputs + i] *= isZero ? 0 : 1 / std::sqrt(value);
  }
  return vectors;
}

std::optional<ThinFactors> retort::bestFactors(const WeightRows &weight, const Whitening *whitening,
                                               int64_t rank) {
  int64_t outputs = weight.outputs, inputs = weight.inputs;
  auto vectors = leftVectors(weight, whitening, rank);
  if (!vectors)
    return std::nullopt;
  Doubles elements(weight.elements.begin(), weight.elements.end());
  Doubles right =
      product(vectors->data(), elements.data(), int(rank), int(outputs), int(inputs), false);
  ThinFactors factors{outputs, inputs, rank, std::vector<float>(outputs * rank),
                      std::vector<float>(rank * inputs)};
  for (int64_t r = 0; r < rank; ++r) {
    double squares = 0;
    for (int64_t k = 0; k < inputs; ++k)
      squares += right[r * inputs + k] * right[r * inputs + k];
    double scale = std::sqrt(std::sqrt(squares));
    for (int64_t i = 0; i < outputs; ++i)
      factors.left[i * rank + r] = float((*vectors)[r * outputs + i] * scale);
    for (int64_t k = 0; k < inputs; ++k)
      factors.right[r * inputs + k] = scale > 0 ? float(right[r * inputs + k] / scale) : 0;
  }
  return factors;
}

std::vector<float> ThinFactors::errorOf(const WeightRows &weight) const {
  std::vector<float> error(weight.elements);
  multiply(outputs, inputs, rank, -1, left.data(), rank, right.data(), inputs, 1, error.data(),
           inputs);
  return error;
}
