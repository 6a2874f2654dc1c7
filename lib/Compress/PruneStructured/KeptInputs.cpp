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

std::vector<double> retort::scoreUnits(ArrayRef<float> weights, ArrayRef<double> diagonal,
                                       ArrayRef<int32_t> unitOfInput, int64_t units) {
  auto inputs = int64_t(diagonal.size());
  std::vector<double> norms(inputs), scores(units);
  for (size_t i = 0; i < weights.size(); ++i)
    norms[i % inputs] += double(weights[i]) * weights[i];
  for (int64_t j = 0; j < inputs; ++j)
    if (unitOfInput[j] >= 0)
      scores[unitOfInput[j]] += norms[j] * diagonal[j];
  return scores;
}

std::vector<char> retort::chooseUnits(ArrayRef<double> scores, int64_t parts, int64_t count) {
  std::vector<char> stays(scores.size());
  int64_t each = int64_t(scores.size()) / parts;
  for (int64_t part = 0; part < parts; ++part) {
    std::vector<int64_t> order(each);
    std::iota(order.begin(), order.end(), part * each);
    llvm::sort(order, [&](int64_t a, int64_t b) {
      return std::make_pair(-scores[a], a) < std::make_pair(-scores[b], b);
    });
    for (int64_t i = 0; i < count; ++i)
      stays[order[i]] = 1;
  }
  return stays;
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
