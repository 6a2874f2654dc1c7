// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits weights one after the other, each to inputs that compressed predecessors make.
#ifndef RETORT_LIB_REPLAY_FITINORDER_H
#define RETORT_LIB_REPLAY_FITINORDER_H

#include "lib/Statistics/WeightStatistics.h"
#include "lib/Weights/Remark.h"

namespace retort {

/// What a method made of a weight, which is in its place only when it is stored.
struct FittedWeight {
  /// Adds to the remark of the method.
  using AddMetrics = llvm::function_ref<void(mlir::remark::detail::InFlightRemark &)>;

  /// What the model computes with then: outputs x inputs.
  std::vector<float> rows;
  /// Puts it in the place of the weight, and says so.
  std::function<void(AddMetrics)> store;
};

/// How a method fits one weight to a record. `target`, outputs x inputs, is what it is to be near:
/// the weight, or what makes up for predecessors. Two records in a row have different addresses.
using FitWeight = llvm::function_ref<llvm::FailureOr<FittedWeight>(
    LinearWeight &weight, const StatisticsRecord &record, std::vector<float> target)>;

/// Replays the model block after block.
///
/// 1. All windows are read up to a group of weights that share their inputs, once as the model was,
///    and once with what became of the weights before: this gives the record that they are fitted
///    to.
/// 2. The target is W + a W P, see targetCorrection, with a of 0, .25 and .5. That one is taken
/// with
///    which the model, all that is behind being as it was, diverges least on windows held back.
/// 3. Further groups of the block, then the next block.
///
/// Weights that no replay reaches are fitted to the records of the file.
llvm::LogicalResult fitInOrder(mlir::ModuleOp module, llvm::StringRef method,
                               MeasuredWeights &measured, FitWeight fit);

} // namespace retort

#endif
