// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of codes with scales, with respect to those:
//
//   W = (q - z) s   ->   ds = sum over the group of dW (q - z)
//
// Codes have none: who trains them rounds numbers. q - z is the same operation with scales of one.
// What the compress dialect stores is written out before (TrainedWeights.h).
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Lookups.h"

using namespace mlir;
using namespace retort;

namespace {
/// Scales and what they hold for.
struct ScaleGroups {
  ArrayRef<int64_t> of, scales; ///< shapes
  int64_t axis, block;
};
} // namespace

/// What scales of one group were multiplied with adds up.
static Value sumOverGroups(Backward &backward, Value value, const ScaleGroups &groups) {
  OnnxBuilder &build = backward.build;
  ArrayRef<int64_t> scales = groups.scales;
  size_t rank = groups.of.size();
  SmallVector<int64_t> split, axes;
  if (groups.block == 0) {
    bool isAlong = scales.size() == 1 && scales[0] != 1;
    for (int64_t axis = 0; axis < int64_t(rank); ++axis)
      if (!isAlong || axis != groups.axis)
        axes.push_back(axis);
    if (!axes.empty())
      value = build.reduceSum(value, axes);
    return build.reshape(value, scales);
  }
  int64_t count = scales[groups.axis], missing = count * groups.block - groups.of[groups.axis];
  if (missing > 0) {
    SmallVector<int64_t> pads(2 * rank, 0);
    pads[rank + groups.axis] = missing;
    value = build.pad(value, build.integers(pads));
  }
  for (int64_t axis = 0; axis < int64_t(rank); ++axis) {
    split.push_back(axis == groups.axis ? count : groups.of[axis]);
    if (axis == groups.axis)
      split.push_back(groups.block);
  }
  return build.reshape(build.reduceSum(build.reshape(value, split), {groups.axis + 1}), scales);
}

static LogicalResult dequantizeGradient(onnx::DequantizeLinearOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value codes = op.getX(), scales = op.getXScale();
  if (backward.isWanted(codes) || (op.getXZeroPoint() && backward.isWanted(op.getXZeroPoint())))
    return backward.refuse("has no gradient for its codes");
  int64_t axis = op.getAxis(), rank = int64_t(shapeOf(codes).size());
  ScaleGroups groups{shapeOf(codes), shapeOf(scales), axis < 0 ? axis + rank : axis,
                     op.getBlockSize()};
  Value ones = backward.splat(scales.getType(), 1);
  Operation *levels = build.raw().clone(*op.getOperation());
  levels->setOperand(1, ones);
  Term each = Term(backward.gradient(), build) * Term(levels->getResult(0), build);
  backward.add(scales, sumOverGroups(backward, each, groups));
  return success();
}

/// Rows of a table of codes, whose scales are for groups of a row.
static LogicalResult lookUpGradient(onnx::MicrosoftGatherBlockQuantizedOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value scales = op.getScales();
  int64_t rank = int64_t(shapeOf(scales).size()), axis = op.getQuantizeAxis();
  if (op.getGatherAxis() != 0 || (axis != rank - 1 && axis != -1))
    return backward.refuse(
        "has a gradient for scales of rows that are looked up along axis 0 alone");
  Value ones = backward.splat(scales.getType(), 1);
  auto levels = cast<onnx::MicrosoftGatherBlockQuantizedOp>(build.raw().clone(*op));
  levels.getScalesMutable().assign(ones);
  Term each = Term(backward.gradient(), build) * Term(levels->getResult(0), build);
  SmallVector<int64_t> groups(shapeOf(each));
  groups.back() = shapeOf(scales).back();
  Value sums = sumOverGroups(
      backward, each, {shapeOf(each), groups, int64_t(groups.size()) - 1, op.getBlockSize()});
  backward.add(scales, sumOfLookups(backward, sums, op.getIndices(), 0, shapeOf(scales)));
  return success();
}

namespace retort {
void addQuantizationRules(GradientRules &rules) {
  rules.add<onnx::DequantizeLinearOp>(dequantizeGradient);
  rules.add<onnx::MicrosoftGatherBlockQuantizedOp>(lookUpGradient);
}
} // namespace retort
