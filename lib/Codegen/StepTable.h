// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which step serves a weight, for how many rows.
#ifndef RETORT_LIB_CODEGEN_STEPTABLE_H
#define RETORT_LIB_CODEGEN_STEPTABLE_H

#include "dialects/Linear/MultiplyStep.h"

namespace retort {

/// What is asked of steps.
struct StepChoice {
  TargetAttr target;
  Numerics numerics = Numerics::Exact;
  /// Steps are taken in their portable form, and whatever features the target has.
  bool isPortable = false;
};

/// A line of the table: products of `fromRows` rows and more, up to the next line.
struct StepUse {
  int64_t fromRows;
  const MultiplyStep *step;
  TileShape shape;
};

/// The cheapest step for each number of rows, by what the steps of the target's context state.
/// `left` hears why others are not taken; those that are less accurate than is asked for are no
/// choice.
llvm::SmallVector<StepUse>
stepTable(const StepWeight &weight, const StepChoice &choice,
          llvm::function_ref<void(const MultiplyStep &, llvm::StringRef why)> left = nullptr);

} // namespace retort

#endif
