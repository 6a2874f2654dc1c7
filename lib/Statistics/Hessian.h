// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix H of the mean of x x' over the rows x that a weight is multiplied with: a change E of
// the weight, of outputs x inputs, changes the outputs of a row by tr(E H E') in the mean square.
#ifndef RETORT_LIB_STATISTICS_HESSIAN_H
#define RETORT_LIB_STATISTICS_HESSIAN_H

#include "dialects/Retort/ScratchMemory.h"
#include "lib/Statistics/Statistics.h"

#include <optional>

namespace retort {

/// Row-major, K x K. That of many inputs is as large as all matrices of a layer: it is scratch
/// memory.
struct Hessian {
  int64_t size = 0;
  ScratchArray<float> elements;

  static Hessian of(const Moments &moments, int64_t inputs);
  /// Of a lower triangle, row by row, divided by a number; zeros where that is 0.
  static Hessian of(llvm::ArrayRef<float> triangle, double divisor, int64_t size);

  float at(int64_t i, int64_t j) const { return elements[i * size + j]; }
  const float *row(int64_t i) const { return elements.data() + i * size; }
  double meanDiagonal() const;
  /// Adds a share of the mean diagonal to each element of the diagonal.
  void damp(double share);
  /// Of the inputs divided by `scales`: D^-1 H D^-1.
  Hessian divided(llvm::ArrayRef<float> scales) const;
  /// Rows and columns in this order, or those that it names alone.
  Hessian permuted(llvm::ArrayRef<int64_t> order) const;
  /// The places of the diagonal, the largest first; equal ones in their order.
  std::vector<int64_t> byFallingDiagonal() const;
};

/// U with (H + damp * mean(diag H) * I)^-1 = U'U, upper triangular and row-major, and the damping
/// that it took: it grows tenfold, up to 1, until there is one. nullopt where there is none. Rows
/// and columns of H are taken in `order`; empty: as they are.
struct InverseFactor {
  ScratchArray<float> upper;
  double damping;
};
std::optional<InverseFactor> factorInverse(const Hessian &hessian, double damping,
                                           llvm::ArrayRef<int64_t> order = {});

/// tr(E H E'), of `outputs` rows of E.
double outputError(llvm::ArrayRef<float> error, int64_t outputs, const Hessian &hessian);
/// tr(G E A E'), where G is of the outputs, A of the inputs of E.
double twoSidedError(llvm::ArrayRef<float> error, const Hessian &outputs, const Hessian &inputs);
/// The root of an outputError in proportion to that of what is compared with; 0 where that is 0.
double relativeOutputError(double error, double whole);

/// c (+)= a b, row-major: m x k times k x n, with rows of `lda`, `ldb`, `ldc` elements.
void multiply(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
              const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

} // namespace retort

#endif
