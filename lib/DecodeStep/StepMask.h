// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left of an attention's mask in a decode step.
#ifndef RETORT_LIB_DECODESTEP_STEPMASK_H
#define RETORT_LIB_DECODESTEP_STEPMASK_H

#include "lib/DecodeStep/ColdValues.h"

namespace retort {

/// In a step row i never sees a column j > i + past. What else is hidden: columns before a window,
/// or those of a table; what is added to scores.
struct StepMask {
  std::optional<int64_t> leftWindow;
  /// For the whole context; absent where nothing is left.
  onnx::Tensor mask, bias;
  /// Their axes of rows; nullopt where they are the same for every row.
  std::optional<int64_t> maskRow, biasRow;
};

/// Evaluates the cold operands of `op` at sampled places. Refuses where a row sees what follows it,
/// or no column at all, and where an operand follows from the tokens; of buffers, where it sees
/// rows that hold no text.
llvm::FailureOr<StepMask> findStepMask(llm::AttentionOp op, const CacheForms &forms,
                                       ColdValues &cold, Refusal &refusal);

} // namespace retort

#endif
