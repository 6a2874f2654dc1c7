// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a state is updated by a rule of llm.retention; and the operation in its place.
#ifndef RETORT_LIB_RECURRENCE_UPDATEMATCH_H
#define RETORT_LIB_RECURRENCE_UPDATEMATCH_H

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Build.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// A tensor as a factor of a product of the state's shape.
struct StateFactor {
  mlir::Value value;
  llvm::SmallVector<int64_t>
      axes; ///< for each axis of the state, that of the value; -1: the same for all

  bool liesAlong(int64_t axis) const { return axes[axis] >= 0; }
  bool operator==(const StateFactor &other) const {
    return value == other.value && axes == other.axes;
  }
};
using StateFactors = llvm::SmallVector<StateFactor>;

/// A value of the state, read by a query along one axis.
struct StateRead {
  mlir::Operation *op = nullptr;
  StateFactor query;
  int64_t key = -1;
  /// Axes of the result: those of the state in order, without the keys', and -1 for one of one
  /// element.
  llvm::SmallVector<int64_t> result;
};

/// Of one state and its next value; `find` first, then `replace`.
class UpdateMatch {
public:
  UpdateMatch(mlir::Value before, mlir::Value after,
              llvm::function_ref<bool(mlir::OpOperand &)> isNextOnly)
      : before(before), after(after), isNextOnly(isNextOnly), rank(typeOf(before).getRank()) {}
  Refusal find();
  llm::RetentionOp replace();

private:
  StateFactor aligned(mlir::Value value) const;
  std::optional<StateFactors> factorsOf(mlir::Value value, int depth = 0) const;
  Refusal findTerms();
  Refusal findRead();
  std::optional<StateRead> readOf(mlir::OpOperand &use, mlir::Value state) const;
  std::optional<StateRead> einsumRead(mlir::OpOperand &use, mlir::Value state) const;
  Refusal chooseAxes();
  bool dependsOnState(const StateFactor &factor) const;

  mlir::Value product(OnnxBuilder &b, llvm::ArrayRef<StateFactor> factors) const;
  mlir::Value placed(OnnxBuilder &b, const StateFactor &factor) const;
  mlir::Value packed(OnnxBuilder &b, mlir::Value value, std::optional<int64_t> last,
                     bool isFull) const;
  mlir::Value logOf(OnnxBuilder &b, const StateFactor &factor) const;
  mlir::Value logDecay(OnnxBuilder &b) const;
  mlir::Value asBefore(OnnxBuilder &b, mlir::Value present) const;
  llvm::SmallVector<int64_t> headAxes() const;
  llvm::SmallVector<int64_t> stateOrder() const;
  int64_t sizeOf(int64_t axis) const { return typeOf(before).getDimSize(axis); }
  static mlir::RankedTensorType typeOf(mlir::Value value) {
    return llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
  }

  mlir::Value before, after;
  llvm::function_ref<bool(mlir::OpOperand &)> isNextOnly;
  int64_t rank;
  StateFactors decay, update, bonus;
  bool readsBefore = false;
  StateRead read;
  std::optional<int64_t> batch, values;
};

} // namespace retort

#endif
