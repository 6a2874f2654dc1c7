// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The best product of two thin matrices in place of a weight, where what counts is what it computes
// of a sample.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_WHITENING_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_WHITENING_H

#include "lib/Statistics/Hessian.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <vector>

namespace retort {

/// L with L L' = H + damping * mean(diag H) * I, so that tr(E H E') is the squared norm of E L.
struct Whitening {
  int64_t size;
  std::vector<double> lower; ///< row-major; what is above the diagonal is not read
  double damping;            ///< grows tenfold, up to 1, until there is a factor

  /// nullopt where there is none, as where all inputs of the sample are zero.
  static std::optional<Whitening> of(const Hessian &hessian, double damping);
};

/// The damping where nobody says which. Nothing is inverted, so that a large sample needs little; a
/// short one needs as much as anywhere.
double usualWhitening(const StatisticsRecord &record);

/// A weight as solvers see it: a row for each output, its inputs side by side.
struct WeightRows {
  llvm::ArrayRef<float> elements;
  int64_t outputs, inputs;
};

/// The squares of the singular values of W L, or of W where there is no whitening, largest first:
/// min(outputs, inputs) of them. The sum from r on is the least squared norm of (W - A B) L that
/// factors of rank r leave. nullopt where the decomposition does not converge.
std::optional<std::vector<double>> squaredSingularValues(const WeightRows &weight,
                                                         const Whitening *whitening);

/// A B, with A of outputs x rank and B of rank x inputs; column r of A is as long as row r of B.
struct ThinFactors {
  int64_t outputs, inputs, rank;
  std::vector<float> left, right;

  /// What the weight is off by: W - A B.
  std::vector<float> errorOf(const WeightRows &weight) const;
};

/// The factors of this rank that leave the least squared norm of (W - A B) L.
std::optional<ThinFactors> bestFactors(const WeightRows &weight, const Whitening *whitening,
                                       int64_t rank);

} // namespace retort

#endif
