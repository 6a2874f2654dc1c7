// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removes units one after another, with B = C^-1 of the inputs that are left and W fitted to them:
//   1. Without unit u, whose inputs are b, the outputs are off by tr(W_b (B_bb)^-1 W_b').
//   2. That with the least goes: W -= W_b (B_bb)^-1 B_b:, B -= B_:b (B_bb)^-1 B_b:.
#include "lib/Compress/PruneStructured/UnitResiduals.h"

#include <algorithm>
#include <limits>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc);
}

/// In place, symmetric and whole; false where it is singular.
static bool invert(std::vector<double> &matrix, int size) {
  int info = 0;
  dpotrf_("L", &size, matrix.data(), &size, &info);
  if (info == 0)
    dpotri_("L", &size, matrix.data(), &size, &info);
  // The lower triangle of columns is the upper one of rows.
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < i; ++j)
      matrix[i * size + j] = matrix[j * size + i];
  return info == 0;
}

/// c -= a b, row-major: m x k times k x n.
static void subtractProduct(int m, int n, int k, const double *a, const double *b, double *c) {
  double minus = -1, one = 1;
  dgemm_("N", "N", &n, &m, &k, &minus, b, &n, a, &k, &one, c, &n);
}

namespace {
class Surgeon {
public:
  Surgeon(ArrayRef<float> weights, const Hessian &hessian, ArrayRef<int32_t> unitOfInput,
          int64_t units);
  bool begin(double damping);
  /// Of a unit; nothing where its block is singular.
  std::optional<double> residual(int64_t unit);
  void remove(int64_t unit);

private:
  /// W_b, and W_b (B_bb)^-1, of outputs x |b|.
  bool solve(int64_t unit);

  const Hessian &hessian;
  int inputs, outputs;
  std::vector<double> fitted, inverse, part, solved, block;
  std::vector<std::vector<int64_t>> places; ///< of each unit
};
} // namespace

Surgeon::Surgeon(ArrayRef<float> weights, const Hessian &hessian, ArrayRef<int32_t> unitOfInput,
                 int64_t units)
    : hessian(hessian), inputs(int(hessian.size)), outputs(int(weights.size()) / inputs),
      fitted(weights.begin(), weights.end()), places(units) {
  for (int64_t j = 0; j < inputs; ++j)
    if (unitOfInput[j] >= 0)
      places[unitOfInput[j]].push_back(j);
}

bool Surgeon::begin(double damping) {
  inverse.assign(hessian.elements.begin(), hessian.elements.end());
  for (int64_t j = 0; j < inputs; ++j)
    inverse[j * inputs + j] += damping * hessian.meanDiagonal();
  return invert(inverse, inputs);
}

bool Surgeon::solve(int64_t unit) {
  ArrayRef<int64_t> b = places[unit];
  int count = int(b.size());
  block.resize(size_t(count) * count);
  part.resize(size_t(outputs) * count);
  solved.assign(part.size(), 0);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j)
      block[i * count + j] = inverse[b[i] * inputs + b[j]];
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t j = 0; j < count; ++j)
      part[i * count + j] = fitted[i * inputs + b[j]];
  if (!invert(block, count))
    return false;
  for (double &x : block)
    x = -x;
  subtractProduct(outputs, count, count, part.data(), block.data(), solved.data());
  return true;
}

std::optional<double> Surgeon::residual(int64_t unit) {
  if (!solve(unit))
    return std::nullopt;
  double sum = 0;
  for (size_t i = 0; i < part.size(); ++i)
    sum += part[i] * solved[i];
  return sum;
}

void Surgeon::remove(int64_t unit) {
  solve(unit);
  ArrayRef<int64_t> b = places[unit];
  int count = int(b.size());
  std::vector<double> rows(size_t(count) * inputs), weighted(size_t(inputs) * count);
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(inverse.begin() + b[i] * inputs, inputs, rows.begin() + i * inputs);
  subtractProduct(outputs, inputs, count, solved.data(), rows.data(), fitted.data());
  // block is -(B_bb)^-1 by now.
  std::vector<double> columns(size_t(inputs) * count);
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j < count; ++j)
      columns[i * count + j] = rows[j * inputs + i];
  subtractProduct(inputs, count, count, columns.data(), block.data(), weighted.data());
  subtractProduct(inputs, inputs, count, weighted.data(), rows.data(), inverse.data());
}

std::optional<std::vector<char>> retort::chooseByResidual(ArrayRef<float> weights,
                                                          const Hessian &hessian,
                                                          ArrayRef<int32_t> unitOfInput,
                                                          int64_t units, int64_t parts,
                                                          int64_t count, double damping) {
  Surgeon surgeon(weights, hessian, unitOfInput, units);
  if (!surgeon.begin(damping))
    return std::nullopt;
  std::vector<char> stays(units, 1);
  std::vector<int64_t> left(parts, units / parts);
  for (int64_t removed = 0; removed < units - parts * count; ++removed) {
    double least = std::numeric_limits<double>::infinity();
    int64_t chosen = -1;
    for (int64_t unit = 0; unit < units; ++unit) {
      if (!stays[unit] || left[unit / (units / parts)] <= count)
        continue;
      auto residual = surgeon.residual(unit);
      if (!residual)
        return std::nullopt;
      if (*residual < least)
        least = *residual, chosen = unit;
    }
    if (chosen < 0)
      return std::nullopt;
    surgeon.remove(chosen);
    stays[chosen] = 0;
    --left[chosen / (units / parts)];
  }
  return stays;
}
