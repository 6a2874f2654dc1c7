// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sum of x x' over rows x.
#ifndef RETORT_LIB_CALIBRATE_GRAMSUM_H
#define RETORT_LIB_CALIBRATE_GRAMSUM_H

#include "dialects/Retort/ScratchMemory.h"

#include "llvm/Support/raw_ostream.h"

namespace retort {

/// The lower triangle, row by row, in scratch memory: only a few rows are on the heap. Products of
/// a call are f32, their sum over calls is f64.
class GramSum {
public:
  GramSum() = default;
  /// Of rows of `width` numbers; `folder` is where the sum may be written.
  GramSum(int64_t width, llvm::StringRef folder)
      : width(width), sum(width * (width + 1) / 2, folder) {}

  /// `count` rows, one behind the other.
  void add(const float *rows, int64_t count);
  size_t size() const { return sum.size(); }
  /// In f32.
  ScratchArray<float> rounded(llvm::StringRef folder) const;
  double trace() const;

  /// As bytes, and back; false where there are too few.
  void save(llvm::raw_ostream &stream) const;
  bool load(llvm::StringRef &bytes);
  /// What is saved takes.
  size_t savedBytes() const { return sum.size() * sizeof(double); }

private:
  int64_t width = 0;
  ScratchArray<double> sum;
};

} // namespace retort

#endif
