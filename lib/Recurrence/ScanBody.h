// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a Scan, whose states may be parted and reshaped.
#ifndef RETORT_LIB_RECURRENCE_SCANBODY_H
#define RETORT_LIB_RECURRENCE_SCANBODY_H

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Onnx.h"

namespace retort {

/// What a body hands from one step to the next.
struct ScanState {
  mlir::BlockArgument value; ///< in the body
  mlir::Value start;         ///< in front of the Scan
  unsigned end;              ///< the operand of the terminator that is its next value
  mlir::Value last;          ///< behind the Scan; null until it is made
  /// Those that stand in its place, and what makes `last` of theirs; empty where it stands itself.
  llvm::SmallVector<unsigned> parts;
  std::function<mlir::Value(OnnxBuilder &, llvm::ArrayRef<mlir::Value>)> join;

  bool isParted() const { return !parts.empty(); }
};

/// While one lives, the block of its Scan has arguments that the operation does not give, and its
/// terminator operands.
class ScanBody {
public:
  explicit ScanBody(onnx::ScanOp op);

  onnx::ScanOp scan() const { return op; }
  mlir::Block &block() const { return op->getRegion(0).front(); }
  unsigned numInputs() const { return onnx::ScanOp(op).getNumScanInputs(); }
  unsigned numStates() const { return op->getNumOperands() - numInputs(); }
  mlir::BlockArgument input(unsigned i) const { return block().getArgument(numStates() + i); }
  /// What the body gives for list i.
  mlir::Value output(unsigned i) const;
  std::vector<ScanState> &states() { return all; }

  mlir::Value next(unsigned state) const {
    return block().getTerminator()->getOperand(all[state].end);
  }
  mlir::Value next(const ScanState &state) const {
    return block().getTerminator()->getOperand(state.end);
  }

  unsigned addState(mlir::Value start, mlir::Type type, mlir::Value next);
  /// The value behind the Scan, made of those of its parts.
  mlir::Value lastOf(unsigned state, OnnxBuilder &b);

private:
  onnx::ScanOp op;
  std::vector<ScanState> all;
};

/// Parts states that the body puts together of parts, and takes apart again, however deep:
///   next = Concat(Unsqueeze(a), Unsqueeze(b)), used by Gather(state, 0)  ->  two states, a and b
/// and windows that move: next = Slice(Concat(state, x), 1:)  ->  a chain of states of one row.
void partStates(ScanBody &body);

} // namespace retort

#endif
