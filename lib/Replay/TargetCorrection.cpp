// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a weight should be where its inputs are not those that it was made for.
#include "lib/Replay/TargetCorrection.h"

using namespace retort;
using llvm::ArrayRef;

extern "C" void dposv_(const char *uplo, const int *n, const int *columns, double *a,
                       const int *lda, double *b, const int *ldb, int *info);

/// With row-major matrices read as their transposes: (H + l I) P' = C', a column of C' being a row
/// of C.
std::optional<std::vector<float>> retort::targetCorrection(const Hessian &hessian,
                                                           ArrayRef<float> cross, double damping) {
  int64_t size = hessian.size;
  double added = damping * hessian.meanDiagonal();
  std::vector<double> matrix(hessian.elements.begin(), hessian.elements.end()),
      right(cross.begin(), cross.end());
  for (int64_t k = 0; k < size; ++k) {
    bool isDead = !(hessian.at(k, k) > 0);
    matrix[k * size + k] = isDead ? 1 : matrix[k * size + k] + added;
    for (int64_t i = 0; isDead && i < size; ++i)
      right[i * size + k] = 0;
  }
  int n = int(size), info = 0;
  dposv_("L", &n, &n, matrix.data(), &n, right.data(), &n, &info);
  if (info != 0)
    return std::nullopt;
  return std::vector<float>(right.begin(), right.end());
}

std::vector<float> retort::correctedTarget(ArrayRef<float> weights, int64_t outputs,
                                           ArrayRef<float> correction, double share) {
  std::vector<float> result(weights);
  auto inputs = int64_t(weights.size()) / std::max<int64_t>(outputs, 1);
  multiply(outputs, inputs, inputs, float(share), weights.data(), inputs, correction.data(), inputs,
           1, result.data(), inputs);
  return result;
}
