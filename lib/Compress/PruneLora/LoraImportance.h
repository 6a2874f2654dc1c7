// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter, by the gradients of factors beside their weights. Plain arrays.
#ifndef RETORT_LIB_COMPRESS_PRUNELORA_LORAIMPORTANCE_H
#define RETORT_LIB_COMPRESS_PRUNELORA_LORAIMPORTANCE_H

#include "lib/Compress/PruneStructured/UnitAxis.h"

namespace retort {

/// A matrix with factors beside it, as it is stored.
struct FactoredMatrix {
  std::vector<float> weights; ///< inputs x outputs, or its transpose
  int64_t inputs = 0, outputs = 0, rank = 0;
  bool isSwapped = false;
  double scale = 1;
  UnitAxis units;
};

/// LoRAPrune, arXiv:2305.18403: A dB + dA B - dA dB, the change of A B by a step of rate 1, stands
/// for the gradient of the weight. Of each unit the sum of |d (W + scale A B)|, the sums of a
/// matrix divided by the root of the sum of their squares; 0 where all are.
std::vector<double> loraImportance(const FactoredMatrix &matrix, int64_t units,
                                   llvm::ArrayRef<float> a, llvm::ArrayRef<float> b,
                                   llvm::ArrayRef<float> da, llvm::ArrayRef<float> db);

/// Units of a group that leave one after another.
class GradualMask {
public:
  /// `kept` of `units` are left in the end.
  GradualMask(int64_t units, int64_t kept) : kept(kept), average(units) {}

  /// A moving average: nine parts of what was, and one of these; the first are taken as they are.
  void see(llvm::ArrayRef<double> scores);
  /// Ones for units that stay at the share `t` of the way, of which 1 - (1 - t)^3 of those that are
  /// to leave are gone: those with the least average, the first of equal ones.
  std::vector<float> at(double t) const;
  /// Scores of which the `kept` largest stay: those of a mask that has more ones by their average.
  std::vector<double> scoresOf(llvm::ArrayRef<float> mask) const;

private:
  int64_t kept;
  std::vector<double> average;
  bool isNew = true;
};

} // namespace retort

#endif
