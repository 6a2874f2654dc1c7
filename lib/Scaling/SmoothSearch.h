// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much of the range of activations moves into weights before both are rounded to eight bits.
#ifndef RETORT_LIB_SCALING_SMOOTHSEARCH_H
#define RETORT_LIB_SCALING_SMOOTHSEARCH_H

#include "lib/Scaling/ExponentSearch.h"
#include "lib/Statistics/Statistics.h"

namespace retort {

/// What codes from 0 to 255 of an activation stand for: (code - zero) * step, from the least to the
/// largest of a sample; zero is always one of them.
struct InputRange {
  double low = 0, high = 0;

  /// Makes room for rows that were divided by `scales`. Where statistics do not know signs, what is
  /// below zero reaches as far as what is above, unless no number is.
  void add(const Moments &moments, llvm::ArrayRef<float> scales);
  double step() const { return high > low ? (high - low) / 255 : 1; }
  int zero() const;
};

/// Weights that share their inputs, and what a sample shows of these.
struct SmoothedSet {
  std::vector<GroupedMatrix> matrices; ///< of the form that they get
  const StatisticsRecord *record = nullptr;
  Hessian fitted, held;

  /// s_j = max|x_j|^alpha / max_i|W_ij|^(1 - alpha) (SmoothQuant, arXiv:2211.10438), brought to a
  /// geometric mean of 1 between the largest and the least; channels of a class have their mean.
  std::vector<float> scalesOf(double alpha, const ChannelSource &source) const;
  /// What rounding the inputs adds to the mean square of the outputs: each is off by a mean square
  /// of step^2 / 12, or by all that it has where it is smaller.
  SetError inputError(llvm::ArrayRef<float> scales) const;
  /// That, and tr(E H E') of the weights.
  SetError errorOf(llvm::ArrayRef<float> scales) const;
};

} // namespace retort

#endif
