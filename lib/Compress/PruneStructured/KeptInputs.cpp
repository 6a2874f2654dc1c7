// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses inputs by a score, and solves for what the others make of it.
#include "lib/Compress/PruneStructured/KeptInputs.h"

#include <algorithm>
#include <numeric>

using namespace retort;
using llvm::ArrayRef;

extern "C" {
void dposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b,
            const int *ldb, int *info);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc);
}

std::vector<int64_t> retort::chooseInputs(ArrayRef<float> weights, const Hessian &hessian,
                                          int64_t count) {
  int64_t inputs = hessian.size;
  std::vector<double> score(inputs);
  for (size_t i = 0; i < weights.size(); ++i)
    score[i % inputs] += double(weights[i]) * weights[i];
  for (int64_t j = 0; j < inputs; ++j)
    score[j] *= hessian.at(j, j);
  std::vector<int64_t> order(inputs);
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t a, int64_t b) {
    return std::make_pair(-score[a], a) < std::make_pair(-score[b], b);
  });
  order.resize(count);
  llvm::sort(order);
  return order;
}

std::vector<float> retort::keepInputs(ArrayRef<float> weights, int64_t inputs,
                                      ArrayRef<int64_t> kept) {
  std::vector<float> left;
  for (size_t row = 0; row < weights.size(); row += inputs)
    for (int64_t place : kept)
      left.push_back(weights[row + place]);
  return left;
}

/// What is row-major here is the transpose there, and C is symmetric.
std::optional<std::vector<float>> retort::fitToKept(ArrayRef<float> weights, const Hessian &hessian,
                                                    ArrayRef<int64_t> kept, double damping) {
  int inputs = int(hessian.size), count = int(kept.size()), outputs = int(weights.size()) / inputs,
      info = 0;
  double added = damping * hessian.meanDiagonal(), one = 1, zero = 0;
  std::vector<double> rows(int64_t(count) * inputs), block(int64_t(count) * count),
      all(weights.begin(), weights.end()), left(int64_t(outputs) * count);
  for (int j = 0; j < inputs; ++j)
    for (int s = 0; s < count; ++s)
      rows[int64_t(j) * count + s] = hessian.at(kept[s], j) + (kept[s] == j ? added : 0);
  for (int t = 0; t < count; ++t)
    std::copy_n(rows.begin() + kept[t] * count, count, block.begin() + int64_t(t) * count);
  dgemm_("N", "N", &count, &outputs, &inputs, &one, rows.data(), &count, all.data(), &inputs, &zero,
         left.data(), &count);
  dposv_("L", &count, &outputs, block.data(), &count, left.data(), &count, &info);
  if (info != 0)
    return std::nullopt;
  return std::vector<float>(left.begin(), left.end());
}

double retort::errorOfKept(ArrayRef<float> weights, ArrayRef<float> left, ArrayRef<int64_t> kept,
                           const Hessian &hessian) {
  std::vector<float> error(weights.begin(), weights.end());
  int64_t outputs = int64_t(weights.size()) / hessian.size, next = 0;
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t place : kept)
      error[i * hessian.size + place] -= left[next++];
  return outputError(error, outputs, hessian);
}
