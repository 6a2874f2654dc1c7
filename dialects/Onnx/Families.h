// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The families of operations: functions that infer result types, compute values or follow rows, and the traits that give
// them to an operation. An operation names its families in its one line in Ops/*.td: Onnx_Infer<"Broadcast"> is
// InferBy<&inferBroadcast>, Onnx_Evaluate<"Add"> is EvaluateBy<&evaluateAdd>, Onnx_Rows<"Gather"> is RowsBy<&rowsGather>.
//
// The names in the lines are declared here, by what is generated of them:
//   LogicalResult retort::onnx::inferBroadcast(Operation *op, SymbolicDims &dims)
//                                                    refines the result types of `op` in place, and tells `dims` the sizes
//   FailureOr<SmallVector<Tensor>> retort::onnx::evaluateAdd(Operation *op, ArrayRef<Tensor> inputs)
//                                                    one tensor per declared input, absent if omitted
//   bool retort::onnx::rowsGather(Operation *op, Rows &rows)
//                                                    whether rows stay apart
// Each is defined in one file of Shape/, Evaluate/ or Rows/; a name without a definition does not link.
#ifndef RETORT_DIALECTS_ONNX_FAMILIES_H
#define RETORT_DIALECTS_ONNX_FAMILIES_H

#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Traits.h"

#include "mlir/IR/OpDefinition.h"

namespace retort::onnx {

class Rows;
class SymbolicDims;
using Evaluated = llvm::FailureOr<llvm::SmallVector<Tensor>>;

#include "dialects/Onnx/FamilyFunctions.h.inc"

/// ShapeInference::inferShapes by a function.
template <llvm::LogicalResult (*function)(mlir::Operation *, SymbolicDims &)> struct InferBy {
  template <typename Op> struct Impl : mlir::OpTrait::TraitBase<Op, InferBy<function>::template Impl> {
    llvm::LogicalResult inferShapes(SymbolicDims &dims) { return function(this->getOperation(), dims); }
  };
};

/// Evaluation::evaluate by a function.
template <Evaluated (*function)(mlir::Operation *, llvm::ArrayRef<Tensor>)> struct EvaluateBy {
  template <typename Op> struct Impl : mlir::OpTrait::TraitBase<Op, EvaluateBy<function>::template Impl> {
    Evaluated evaluate(llvm::ArrayRef<Tensor> inputs) { return function(this->getOperation(), inputs); }
  };
};

/// RowRule::keepsRows by a function.
template <bool (*function)(mlir::Operation *, Rows &)> struct RowsBy {
  template <typename Op> struct Impl : mlir::OpTrait::TraitBase<Op, RowsBy<function>::template Impl> {
    bool keepsRows(Rows &rows) { return function(this->getOperation(), rows); }
  };
};

} // namespace retort::onnx

#include "dialects/Onnx/Families.h.inc"

#endif
