// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves factors from the inputs of weights into them.
#ifndef RETORT_LIB_SCALING_SCALESET_H
#define RETORT_LIB_SCALING_SCALESET_H

#include "lib/Scaling/ChannelSource.h"
#include "lib/Scaling/InputSets.h"
#include "lib/Statistics/WeightStatistics.h"

namespace retort {

/// What the sample says about a set of weights.
struct MeasuredSet {
  const StatisticsRecord *record = nullptr;
  std::string why; ///< some weight of it is not taken; empty where all are
};

/// Reads the elements of the weights anew, which may be the source of another set's inputs;
/// `whyNot` says why a weight is not taken.
MeasuredSet measureSet(const InputSet &set, WeightStatistics &statistics,
                       llvm::function_ref<llvm::StringRef(const LinearWeight &)> whyNot);

/// Multiplies each input of the weights with its scale, divides what makes the inputs, and notes it
/// for those that read statistics later: outputs stay what they are, but for rounding.
void scaleSet(mlir::ModuleOp module, const InputSet &set, const ChannelSource &source,
              llvm::ArrayRef<float> scales);

/// Emits a `missed` remark of `method` for each weight.
void missSet(const InputSet &set, llvm::StringRef method, llvm::StringRef why);

} // namespace retort

#endif
