// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations demand of their operands and attributes beyond what inference needs to know:
// asked before types are inferred, so that folds, inference and lowering may rely on it. What only
// the run can know, the lowering checks.
#ifndef RETORT_DIALECTS_ONNX_SHAPE_DEMANDS_H
#define RETORT_DIALECTS_ONNX_SHAPE_DEMANDS_H

#include "dialects/Onnx/Shape/Infer.h"

#include <limits>

namespace retort::onnx {

/// An error where an operation that moves, makes or indexes elements cannot take what it is given.
llvm::LogicalResult checkDemands(mlir::Operation *op, SymbolicDims &dims);

/// One operation, and what may be demanded of it: each fails after a diagnostic, where what is
/// known is not so.
class Demand {
public:
  Demand(mlir::Operation *op, SymbolicDims &dims) : op(op), dims(dims), slots(operandSlots(op)) {}

  mlir::Operation *op;
  SymbolicDims &dims;
  llvm::SmallVector<mlir::Value> slots;

  static constexpr int64_t anyRank = std::numeric_limits<int64_t>::max();

  mlir::Value slot(size_t i) const { return slotAt(slots, i); }
  MaybeShape shape(size_t i) const { return dims.shape(slot(i)); }
  /// -1 where it is not known.
  int64_t rank(size_t i) const;
  std::optional<int64_t> size(size_t i, int64_t axis) const;
  std::optional<llvm::SmallVector<int64_t>> constants(size_t i) const {
    return dims.constants(slot(i));
  }

  /// The rank of a slot is in [least, most]; `what` it is called.
  llvm::LogicalResult hasRank(size_t i, llvm::StringRef what, int64_t least, int64_t most) const;
  /// A list of a bearable length: a number for each axis of something.
  llvm::LogicalResult isList(size_t i, llvm::StringRef what) const;
  llvm::LogicalResult isOne(size_t i, llvm::StringRef what) const;
  /// The sizes at `axis` of slot i and at `other` of slot j agree.
  llvm::LogicalResult agree(size_t i, int64_t axis, size_t j, int64_t other) const;
  llvm::LogicalResult areDistinct(llvm::ArrayRef<int64_t> axes, int64_t rank) const;
  /// Known numbers in a slot are at least `least`.
  llvm::LogicalResult areAtLeast(size_t i, int64_t least, llvm::StringRef what) const;
  llvm::LogicalResult isOneOf(llvm::StringRef attribute, llvm::StringRef otherwise,
                              llvm::ArrayRef<llvm::StringRef> choices) const;
};

// Of one family each.
llvm::LogicalResult demandsOfMovement(const Demand &d);
llvm::LogicalResult demandsOfIndices(const Demand &d);
llvm::LogicalResult demandsOfCreation(const Demand &d);

} // namespace retort::onnx

#endif
