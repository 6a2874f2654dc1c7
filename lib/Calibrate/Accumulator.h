// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the rows of an activation are like.
#ifndef RETORT_LIB_CALIBRATE_ACCUMULATOR_H
#define RETORT_LIB_CALIBRATE_ACCUMULATOR_H

#include "lib/Calibrate/GramSum.h"
#include "lib/Statistics/Statistics.h"

namespace retort {

/// Moments in the making. Sums of a call are f32, their sum over calls is f64: it does not lose
/// what a later call adds.
class Accumulator {
public:
  /// `folder` is where large sums may be written.
  explicit Accumulator(int64_t inputs, KeptSums kept = KeptSums::Gram, llvm::StringRef folder = "");

  /// `count` rows of K inputs, one behind the other. An error where some number is not finite.
  llvm::Error add(const float *rows, int64_t count);
  /// What was added so far, in arrays of this object.
  Moments moments();

  /// The state as bytes, and back: exactly what was added so far. False where the bytes are of
  /// another number of inputs; they are taken from the front of `bytes`.
  void save(llvm::raw_ostream &stream) const;
  bool load(llvm::StringRef &bytes);

private:
  struct Stripe;

  void addStripe(Stripe &stripe, const float *rows, int64_t count);
  double percentile(double share) const;

  int64_t inputs, seen = 0;
  std::vector<double> sum, magnitudes, squares;
  GramSum gram;
  std::vector<float> least, most;
  std::vector<int64_t> magnitudeCounts; ///< of |x|, by exponent and five bits of the fraction
  // What moments() returns.
  std::vector<float> written[6];
  ScratchArray<float> writtenGram;
  std::string folder;
};

} // namespace retort

#endif
