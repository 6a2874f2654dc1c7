// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much of the range of activations moves into weights before both are rounded to eight bits.
#ifndef RETORT_LIB_SCALING_SMOOTHSEARCH_H
#define RETORT_LIB_SCALING_SMOOTHSEARCH_H

#include "lib/Scaling/ExponentSearch.h"
#include "lib/Statistics/Statistics.h"

namespace retort {

/// Weights that share their inputs, and what a sample shows of these.
struct SmoothedSet {
  std::vector<GroupedMatrix> matrices; ///< of the form that they get
  const StatisticsRecord *record = nullptr;
  Hessian fitted, held;

  /// s_j = max|x_j|^alpha / max_i|W_ij|^(1 - alpha) (SmoothQuant, arXiv:2211.10438), brought to a
  /// geometric mean of 1 between the largest and the least; channels of a class have their mean.
  std::vector<float> scalesOf(double alpha, const ChannelSource &source) const;
  /// Of x / s: what one step of the codes of activations stands for; 127 steps reach to the largest
  /// of the rows.
  double stepOf(const Moments &moments, llvm::ArrayRef<float> scales) const;
  /// tr(E H E') of the weights, and what rounding the inputs adds: each is off by a mean square of
  /// step^2 / 12, or by all that it has where it is smaller.
  SetError errorOf(llvm::ArrayRef<float> scales) const;
};

} // namespace retort

#endif
