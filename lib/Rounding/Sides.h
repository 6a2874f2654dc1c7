// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The option `sides` of methods that round to a sample.
#ifndef RETORT_LIB_ROUNDING_SIDES_H
#define RETORT_LIB_ROUNDING_SIDES_H

#include "lib/Statistics/WeightStatistics.h"

namespace retort {

/// Whether a method weighs the inputs of a weight alone, or its outputs as well.
enum class RoundingSides { Auto, One, Two };

/// An error at the module where `text` is none of auto, one and two, or where it is two and
/// the method fits weights in order, to inputs of which nobody has a gradient.
llvm::FailureOr<RoundingSides> parseSides(mlir::ModuleOp module, llvm::StringRef method,
                                          llvm::StringRef text, bool isSequential = false);

/// An error where two sides are asked for, and the statistics have none.
llvm::LogicalResult checkSides(mlir::ModuleOp module, llvm::StringRef method, RoundingSides sides,
                               const WeightStatistics &statistics);

/// What is known of a weight's outputs, where they are weighed: with `auto` only where the sample
/// has eight rows for each output. Of fewer, what the labels say of the outputs is mostly chance,
/// and codes are further off on other text than those of one side (on a model of 1.4 million
/// weights and 900 rows KL .081 in place of .065 at 3 bits). Null where they are not.
const OutputStatistics *outputsToWeigh(RoundingSides sides, WeightStatistics &statistics,
                                       const LinearWeight &weight, const StatisticsRecord &record);

} // namespace retort

#endif
