// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the rows of a text lie in the operands and results of one operation: what a row rule decides
// by.
#ifndef RETORT_DIALECTS_ONNX_ROWS_ROWS_H
#define RETORT_DIALECTS_ONNX_ROWS_ROWS_H

#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

namespace retort::onnx {

/// One operation, seen by its rows. The rows of results lie along the axis `result`, known by its
/// size; a rule says whether they are made of the same rows of the operands.
class Rows {
public:
  Rows(mlir::Operation *op, SymbolicDims &dims) : dims(dims), op(op) {}
  virtual ~Rows() = default;

  /// The operand at a slot; null where it is omitted.
  mlir::Value slot(size_t i) const { return i < slots.size() ? slots[i] : mlir::Value(); }
  /// The axis of that operand along which its rows lie; nullopt: it is the same for every row.
  std::optional<int64_t> row(size_t i) const { return i < axes.size() ? axes[i] : std::nullopt; }
  int64_t rank(size_t i) const { return rank(slots[i]); }
  static int64_t rank(mlir::Value value) {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getRank();
  }
  /// An axis counted from the front of slot 0.
  int64_t front(int64_t axis) const { return axis < 0 ? axis + rank(0) : axis; }
  /// The axis that an attribute names.
  int64_t axis(llvm::StringRef name, int64_t otherwise) const;

  /// Whether axes are counted from the last, as in a broadcast, for one operand or for all.
  bool isAligned(size_t i) const;
  bool areAligned() const;
  /// Whether the rows of every operand that has any lie along the axis `result`.
  bool areAlongResult() const;
  /// How many elements of each row an axis has; nullopt: its size is no multiple of their number.
  virtual std::optional<int64_t> elementsOfEach(mlir::Value value, int64_t axis) const = 0;

  SymbolicDims &dims;
  llvm::SmallVector<mlir::Value> slots;
  llvm::SmallVector<std::optional<int64_t>> axes; ///< by slot
  int64_t result = 0;
  /// How many elements of each row lie side by side; a rule that changes it says that it knows the
  /// layout.
  int64_t inner = 1;
  enum class Layout {
    Kept,     ///< elements lie along the axis of results as in the operands
    Repeated, ///< once or more
    Computed  ///< `inner` holds what the rule found
  } layout = Layout::Kept;

private:
  mlir::Operation *op;
};

} // namespace retort::onnx

#endif
