// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of lookups: what came from one place adds up there.
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

static Value addElements(Backward &backward, Value zeros, Value indices, Value updates,
                         int64_t axis) {
  OpBuilder &raw = backward.build.raw();
  return onnx::ScatterElementsOp::create(raw, backward.build.location(), zeros.getType(), zeros,
                                         indices, updates, raw.getI64IntegerAttr(axis),
                                         raw.getStringAttr("add"));
}

/// Rows of axis 0 are written as a whole; other axes go to the front and back.
static LogicalResult gatherGradient(onnx::GatherOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value data = op.getData(), indices = op.getIndices(), dy = backward.gradient();
  int64_t rank = int64_t(shapeOf(data).size()), depth = int64_t(shapeOf(indices).size());
  int64_t axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
  SmallVector<int64_t> order, back, shape{shapeOf(data)[axis]};
  for (int64_t i = 0; i < depth; ++i)
    order.push_back(axis + i);
  for (int64_t i = 0; i < axis; ++i)
    order.push_back(i);
  for (int64_t i = axis + depth; i < int64_t(shapeOf(dy).size()); ++i)
    order.push_back(i);
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      shape.push_back(shapeOf(data)[i]);
  for (int64_t i = 0; i < rank; ++i)
    back.push_back(i < axis ? i + 1 : i == axis ? 0 : i);
  auto type = cast<RankedTensorType>(data.getType());
  Value zeros = backward.zeros(type.clone(shape));
  Value places = build.unsqueeze(indices, {depth});
  OpBuilder &raw = build.raw();
  Value sums = onnx::ScatterNDOp::create(raw, build.location(), zeros.getType(), zeros, places,
                                         build.transpose(dy, order), raw.getStringAttr("add"));
  backward.add(data, build.transpose(sums, back));
  return success();
}

static LogicalResult gatherElementsGradient(onnx::GatherElementsOp op, Backward &backward) {
  Value data = op.getData();
  backward.add(data, addElements(backward, backward.zeros(data.getType()), op.getIndices(),
                                 backward.gradient(), op.getAxis()));
  return success();
}

namespace retort {
void addGatherRules(GradientRules &rules) {
  rules.add<onnx::GatherOp>(gatherGradient);
  rules.add<onnx::GatherElementsOp>(gatherElementsGradient);
}
} // namespace retort
