// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights with factors beside them, while these are trained and when they are merged.
#ifndef RETORT_LIB_COMPRESS_TUNELORA_LORAWEIGHTS_H
#define RETORT_LIB_COMPRESS_TUNELORA_LORAWEIGHTS_H

#include "lib/Compress/TuneLora/MergeFactors.h"
#include "lib/Train/TrainStudent.h"

namespace retort {

struct LoraWeight {
  LinearWeight weight;
  ProductShape shape;
  FactorMerge merge = FactorMerge::Keep;
  int64_t rank = 0, group = 1; ///< `group` inputs share a row of A
  double scale = 1;
  size_t place = 0; ///< of A among what is trained; B is next

  int64_t rows() const { return (shape.inputs + group - 1) / group; }
  Factors factors(const TrainingResult &result) const {
    return {rank, group, result.values[place], result.values[place + 1], scale};
  }
};

/// Puts factors beside the weight's products in the copy, to be trained: A from normal numbers of
/// variance 1 / inputs, B from zeros.
void addFactors(Student &student, const mlir::IRMapping &map, LoraWeight &each, int64_t seed);

} // namespace retort

#endif
