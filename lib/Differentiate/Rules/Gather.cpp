// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of lookups: what came from one place adds up there.
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Lookups.h"

using namespace mlir;
using namespace retort;

static Value addElements(Backward &backward, Value zeros, Value indices, Value updates,
                         int64_t axis) {
  OpBuilder &raw = backward.build.raw();
  return onnx::ScatterElementsOp::create(raw, backward.build.location(), zeros.getType(), zeros,
                                         indices, updates, raw.getI64IntegerAttr(axis),
                                         raw.getStringAttr("add"));
}

static Value addParts(Backward &backward, Value zeros, Value indices, Value updates) {
  OpBuilder &raw = backward.build.raw();
  return onnx::ScatterNDOp::create(raw, backward.build.location(), zeros.getType(), zeros, indices,
                                   updates, raw.getStringAttr("add"));
}

/// Rows of axis 0 are written as a whole; other axes go to the front and back.
static LogicalResult gatherGradient(onnx::GatherOp op, Backward &backward) {
  backward.add(op.getData(), sumOfLookups(backward, backward.gradient(), op.getIndices(),
                                          op.getAxis(), shapeOf(op.getData())));
  return success();
}

Value retort::sumOfLookups(Backward &backward, Value gradient, Value indices, int64_t axis,
                           ArrayRef<int64_t> into) {
  OnnxBuilder &build = backward.build;
  int64_t rank = int64_t(into.size()), depth = int64_t(shapeOf(indices).size());
  axis = axis < 0 ? axis + rank : axis;
  SmallVector<int64_t> order, back, shape{into[axis]};
  for (int64_t i = 0; i < depth; ++i)
    order.push_back(axis + i);
  for (int64_t i = 0; i < axis; ++i)
    order.push_back(i);
  for (int64_t i = axis + depth; i < int64_t(shapeOf(gradient).size()); ++i)
    order.push_back(i);
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      shape.push_back(into[i]);
  for (int64_t i = 0; i < rank; ++i)
    back.push_back(i < axis ? i + 1 : i == axis ? 0 : i);
  auto type = cast<RankedTensorType>(gradient.getType());
  Value places = build.unsqueeze(build.cast(indices, build.raw().getI64Type()), {depth});
  Value sums = addParts(backward, backward.zeros(type.clone(shape)), places,
                        build.transpose(gradient, order));
  return build.transpose(sums, back);
}

static LogicalResult gatherElementsGradient(onnx::GatherElementsOp op, Backward &backward) {
  Value data = op.getData();
  backward.add(data, addElements(backward, backward.zeros(data.getType()), op.getIndices(),
                                 backward.gradient(), op.getAxis()));
  return success();
}

/// Axes that data and indices share become coordinates like the others.
static LogicalResult gatherNdGradient(onnx::GatherNDOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value indices = build.cast(op.getIndices(), build.raw().getI64Type());
  SmallVector<int64_t> one(shapeOf(indices));
  one.back() = 1;
  SmallVector<Value> coordinates;
  for (int64_t axis = 0; axis < op.getBatchDims(); ++axis) {
    SmallVector<int64_t> shape(one.size(), 1);
    shape[axis] = one[axis];
    Value along = build.reshape(build.integers(llvm::to_vector(llvm::seq(one[axis]))), shape);
    coordinates.push_back(build.expand(along, build.integers(one)));
  }
  coordinates.push_back(indices);
  if (coordinates.size() > 1)
    indices = build.concat(coordinates, int64_t(one.size()) - 1);
  Value data = op.getData();
  backward.add(data,
               addParts(backward, backward.zeros(data.getType()), indices, backward.gradient()));
  return success();
}

/// Who is among the largest does not change.
static LogicalResult topKGradient(onnx::TopKOp op, Backward &backward) {
  Value x = op.getX();
  if (Value dy = backward.gradient())
    backward.add(
        x, addElements(backward, backward.zeros(x.getType()), op->getResult(1), dy, op.getAxis()));
  return success();
}

namespace retort {
void addGatherRules(GradientRules &rules) {
  rules.add<onnx::GatherOp>(gatherGradient);
  rules.add<onnx::GatherElementsOp>(gatherElementsGradient);
  rules.add<onnx::GatherNDOp>(gatherNdGradient);
  rules.add<onnx::TopKOp>(topKGradient);
}
} // namespace retort
