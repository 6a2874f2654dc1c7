// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes that count the axes of an operand, from the front or (below zero) from the back.
//   'onnx.Softmax' op expects 'axis' within rank 2, found 7
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Verify/Tables.h"
#include "dialects/Onnx/Verify/Verify.h"

using namespace mlir;
using namespace retort;

namespace {
struct Axis {
  StringLiteral operation, attribute;
  /// What the attribute is where it is left out.
  int64_t otherwise;
  /// Whose axes are counted.
  unsigned slot = 0;
};
} // namespace

static constexpr Axis axes[] = {
    {"onnx.Hardmax", "axis", -1},
    {"onnx.LayerNormalization", "axis", -1},
    {"onnx.LogSoftmax", "axis", -1},
    {"onnx.RMSNormalization", "axis", -1},
    {"onnx.SimplifiedLayerNormalization", "axis", -1},
    {"onnx.Softmax", "axis", -1},
    {"onnx.com.microsoft.GatherBlockQuantized", "gather_axis", 0},
    {"onnx.com.microsoft.GatherBlockQuantized", "quantize_axis", 1},
};

static_assert(onnx::isInOrder(axes, &Axis::operation));

static LogicalResult verifyAxis(Operation *op, StringRef attribute, int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return success();
  return op->emitOpError() << "expects '" << attribute << "' within rank " << rank << ", found "
                           << axis;
}

/// Codes with a scale for each place of an axis, or for each block along it.
static LogicalResult verifyAxisOfScales(Operation *op) {
  SmallVector<Value> slots = onnx::operandSlots(op);
  RankedTensorType data = onnx::rankedTypeAt(slots, 0), scales = onnx::rankedTypeAt(slots, 1),
                   zeros = onnx::rankedTypeAt(slots, 2);
  if (!data || !scales)
    return success();
  bool isOne = scales.getRank() == 0 ||
               (scales.getRank() == 1 && (scales.getDimSize(0) == 1 || scales.isDynamicDim(0)));
  int64_t axis = onnx::intAttribute(op, "axis", 1), block = onnx::intAttribute(op, "block_size", 0);
  if ((!isOne || block > 0) && failed(verifyAxis(op, "axis", axis, data.getRank())))
    return failure();
  if (block > 0 ? scales.getRank() != data.getRank() : scales.getRank() > 1)
    return op->emitOpError() << "expects scales of rank "
                             << (block > 0 ? data.getRank() : int64_t(1)) << ", found " << scales;
  if (zeros && (block > 0 || zeros.getRank() > 1) && zeros.getRank() != scales.getRank())
    return op->emitOpError() << "expects scales and zero points of one rank, found " << scales
                             << " and " << zeros;
  return success();
}

LogicalResult onnx::verifyAxes(Operation *op) {
  StringRef name = op->getName().getStringRef();
  for (const Axis &axis : linesOf(axes, &Axis::operation, name))
    if (RankedTensorType type = rankedTypeAt(operandSlots(op), axis.slot))
      if (failed(verifyAxis(op, axis.attribute, intAttribute(op, axis.attribute, axis.otherwise),
                            type.getRank())))
        return failure();
  if (name == "onnx.DequantizeLinear" || name == "onnx.QuantizeLinear")
    return verifyAxisOfScales(op);
  return success();
}
