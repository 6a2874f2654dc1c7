// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of what moves blocks of an image into channels, or out of them.
//
//   y = DepthToSpace(x)   ->   the axes of x in parts, in the order of y; and back
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

namespace {
/// x is reshaped to `parts`, whose axes in this order are those of y.
struct BlockMove {
  SmallVector<int64_t> parts, order;
};
} // namespace

static void addBack(Backward &backward, Value x, const BlockMove &move) {
  OnnxBuilder &build = backward.build;
  size_t rank = move.parts.size();
  SmallVector<int64_t> moved(rank), inverse(rank);
  for (auto [i, axis] : llvm::enumerate(move.order)) {
    moved[i] = move.parts[axis];
    inverse[axis] = int64_t(i);
  }
  Value parts = build.transpose(build.reshape(backward.gradient(), moved), inverse);
  backward.add(x, build.reshape(parts, shapeOf(x)));
}

static LogicalResult depthToSpaceGradient(onnx::DepthToSpaceOp op, Backward &backward) {
  ArrayRef<int64_t> x = shapeOf(op.getInput());
  int64_t b = op.getBlocksize(), channels = x[1] / (b * b);
  if (op.getMode() == "CRD")
    addBack(backward, op.getInput(), {{x[0], channels, b, b, x[2], x[3]}, {0, 1, 4, 2, 5, 3}});
  else
    addBack(backward, op.getInput(), {{x[0], b, b, channels, x[2], x[3]}, {0, 3, 4, 1, 5, 2}});
  return success();
}

static LogicalResult spaceToDepthGradient(onnx::SpaceToDepthOp op, Backward &backward) {
  ArrayRef<int64_t> x = shapeOf(op.getInput());
  int64_t b = op.getBlocksize();
  addBack(backward, op.getInput(), {{x[0], x[1], x[2] / b, b, x[3] / b, b}, {0, 3, 5, 1, 2, 4}});
  return success();
}

namespace retort {
void addBlocksRules(GradientRules &rules) {
  rules.add<onnx::DepthToSpaceOp>(depthToSpaceGradient);
  rules.add<onnx::SpaceToDepthOp>(spaceToDepthGradient);
}
} // namespace retort
