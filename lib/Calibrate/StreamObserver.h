// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How alike the residual stream is before and behind its segments.
#ifndef RETORT_LIB_CALIBRATE_STREAMOBSERVER_H
#define RETORT_LIB_CALIBRATE_STREAMOBSERVER_H

#include "lib/Statistics/Statistics.h"

namespace retort {

/// The sum of the cosines of pairs of rows.
class CosineSum {
public:
  /// `count` pairs of rows of `width` numbers. A row of zeros has no direction, and is left out.
  void add(const float *before, const float *behind, int64_t count, int64_t width);
  int64_t rows() const { return seen; }
  double mean() const { return seen > 0 ? sum / double(seen) : 0; }

  void save(llvm::raw_ostream &stream) const;
  /// False where the bytes, which are taken from the front, are too few.
  bool load(llvm::StringRef &bytes);

private:
  int64_t seen = 0;
  double sum = 0;
};

} // namespace retort

#endif
