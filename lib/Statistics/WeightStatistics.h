// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statistics that a method fits to, and what they say about one weight.
#ifndef RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H
#define RETORT_LIB_STATISTICS_WEIGHTSTATISTICS_H

#include "lib/Statistics/Statistics.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

/// Says that `method` changes what the model computes, so that no statistics hold any more.
void markStale(mlir::ModuleOp module, llvm::StringRef method);

/// Weights that the sample says something about, with what it says.
struct MeasuredWeights {
  std::shared_ptr<const Statistics> statistics;
  std::string path; ///< of the file
  std::vector<std::pair<LinearWeight, const StatisticsRecord *>> list;
};

/// The weights that the method works on and the sample says something about; see
/// selectLinearWeights. The others get a `missed` remark of `method`: with the reason of `whyNot`,
/// unless it is empty, or with what the sample lacks. The statistics are those of the file that
/// `retort.statistics` names: an error at the module where there is none, where it is of another
/// model, and where a method has changed what the model computes since.
llvm::FailureOr<MeasuredWeights>
selectMeasuredWeights(mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include,
                      llvm::StringRef exclude,
                      llvm::function_ref<llvm::StringRef(const LinearWeight &)> whyNot);

/// Calls `fit` on each of them until one fails.
llvm::LogicalResult forEachMeasuredWeight(
    mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include, llvm::StringRef exclude,
    llvm::function_ref<llvm::StringRef(const LinearWeight &)> whyNot,
    llvm::function_ref<llvm::LogicalResult(LinearWeight &, const StatisticsRecord &)> fit);

} // namespace retort

#endif
