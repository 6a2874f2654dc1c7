// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statistics that a method fits to, and what they say about one weight.
#ifndef RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H
#define RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H

#include "lib/Statistics/Statistics.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

/// The file that `retort.statistics` names. An error at the module where there is none, where it is
/// of another model, and where a method has changed what the model computes since.
mlir::FailureOr<std::shared_ptr<const Statistics>> statisticsOf(mlir::ModuleOp module,
                                                                llvm::StringRef method);

/// Says that `method` changes what the model computes, so that no statistics hold any more.
void markStale(mlir::ModuleOp module, llvm::StringRef method);

/// What the sample says about the inputs of a weight; null where it says nothing, and where its
/// inputs are not as many, with a `missed` remark of `method`.
const StatisticsRecord *recordOf(const Statistics &statistics, const LinearWeight &weight,
                                 llvm::StringRef method);

} // namespace retort

#endif
