// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an error of one matrix costs the model.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_PRICE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_PRICE_H

#include "lib/Statistics/Statistics.h"

namespace retort {

/// KL in nats a token as a function of tr(E H E'): proportional up to the least error that was
/// measured, and beyond that a power of it, through the two errors that were.
class Price {
public:
  /// `points` as the statistics have them: the least error first. nullopt where they say nothing.
  static std::optional<Price> through(llvm::ArrayRef<Sensitivity> points);
  /// `slope` times the error.
  static Price proportional(double slope) { return {slope, 0, 1}; }

  double of(double error) const;
  /// Of a small error.
  double slope() const { return rate; }

private:
  Price(double rate, double bend, double exponent) : rate(rate), bend(bend), exponent(exponent) {}

  double rate;
  double bend; ///< the error from which on it is a power; 0: never
  double exponent;
};

} // namespace retort

#endif
