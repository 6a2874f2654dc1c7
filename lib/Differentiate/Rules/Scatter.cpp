// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of operations that write parts of a tensor: what is overwritten has none, what is
// written has that of its place.
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

static LogicalResult checkReduction(StringRef reduction, Backward &backward) {
  if (reduction == "none" || reduction == "add")
    return success();
  return backward.refuse("expects a 'reduction' of 'none' or 'add', found '" + reduction + "'");
}

static LogicalResult scatterElementsGradient(onnx::ScatterElementsOp op, Backward &backward) {
  if (failed(checkReduction(op.getReduction(), backward)))
    return failure();
  OpBuilder &raw = backward.build.raw();
  Value dy = backward.gradient(), updates = op.getUpdates(), indices = op.getIndices();
  if (backward.isWanted(op.getData())) {
    Value kept = dy;
    if (op.getReduction() == "none")
      kept = onnx::ScatterElementsOp::create(
          raw, op.getLoc(), dy.getType(), dy, indices, backward.zeros(updates.getType()),
          raw.getI64IntegerAttr(op.getAxis()), /*reduction=*/StringAttr());
    backward.add(op.getData(), kept);
  }
  if (backward.isWanted(updates))
    backward.add(updates,
                 onnx::GatherElementsOp::create(raw, op.getLoc(), updates.getType(), dy, indices,
                                                raw.getI64IntegerAttr(op.getAxis())));
  return success();
}

static LogicalResult scatterNdGradient(onnx::ScatterNDOp op, Backward &backward) {
  if (failed(checkReduction(op.getReduction(), backward)))
    return failure();
  OpBuilder &raw = backward.build.raw();
  Value dy = backward.gradient(), updates = op.getUpdates(), indices = op.getIndices();
  if (backward.isWanted(op.getData())) {
    Value kept = dy;
    if (op.getReduction() == "none")
      kept = onnx::ScatterNDOp::create(raw, op.getLoc(), dy.getType(), dy, indices,
                                       backward.zeros(updates.getType()),
                                       /*reduction=*/StringAttr());
    backward.add(op.getData(), kept);
  }
  if (backward.isWanted(updates))
    backward.add(updates, onnx::GatherNDOp::create(raw, op.getLoc(), updates.getType(), dy, indices,
                                                   /*batch_dims=*/IntegerAttr()));
  return success();
}

/// Rows from the place that each part of the batch has.
static LogicalResult tensorScatterGradient(onnx::TensorScatterOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  OpBuilder &raw = build.raw();
  Value dy = backward.gradient(), updates = op.getUpdate(), begin = op.getWriteIndices();
  ArrayRef<int64_t> shape = shapeOf(updates);
  int64_t rank = int64_t(shape.size()),
          axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
  if (backward.isWanted(op.getPastCache()))
    backward.add(op.getPastCache(),
                 onnx::TensorScatterOp::create(
                     raw, op.getLoc(), dy.getType(), dy, backward.zeros(updates.getType()), begin,
                     raw.getI64IntegerAttr(op.getAxis()), raw.getStringAttr(op.getMode())));
  if (!backward.isWanted(updates))
    return success();
  SmallVector<int64_t> alongAxis(rank, 1), alongBatch(rank, 1);
  alongAxis[axis] = shape[axis];
  alongBatch[0] = shape[0];
  Value rows = build.reshape(build.integers(llvm::to_vector(llvm::seq(shape[axis]))), alongAxis);
  if (begin)
    rows = build.add(rows, build.reshape(build.cast(begin, raw.getI64Type()), alongBatch));
  if (op.getMode() == "circular") {
    Value size = build.integers({shapeOf(dy)[axis]});
    rows = onnx::ModOp::create(raw, op.getLoc(), rows.getType(), rows, size,
                               /*fmod=*/IntegerAttr());
  }
  Value places = build.expand(rows, build.integers(shape));
  backward.add(updates, onnx::GatherElementsOp::create(raw, op.getLoc(), updates.getType(), dy,
                                                       places, raw.getI64IntegerAttr(axis)));
  return success();
}

namespace retort {
void addScatterRules(GradientRules &rules) {
  rules.add<onnx::ScatterElementsOp>(scatterElementsGradient);
  rules.add<onnx::ScatterNDOp>(scatterNdGradient);
  rules.add<onnx::TensorScatterOp>(tensorScatterGradient);
}
} // namespace retort
