// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The channels of a convolution, its groups and its weight.
//   'onnx.Conv' op expects 'group' (3) to divide the 4 input channels
//   note: weight of shape 8x2x3x3 defined here
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Verify/Tables.h"
#include "dialects/Onnx/Verify/Verify.h"

using namespace mlir;
using namespace retort;

namespace {
struct Convolution {
  Operation *op;
  RankedTensorType data, weight;

  /// Says where the weight comes from, with its shape.
  LogicalResult noteWeight(InFlightDiagnostic &&error) const {
    Diagnostic &note = error.attachNote(op->getOperand(1).getLoc()) << "weight of shape ";
    for (auto [i, size] : llvm::enumerate(weight.getShape())) {
      note << (i == 0 ? "" : "x");
      ShapedType::isDynamic(size) ? note << "?" : note << size;
    }
    note << " defined here";
    return error;
  }
};
} // namespace

static LogicalResult expectGroups(const Convolution &conv) {
  int64_t group = onnx::intAttribute(conv.op, "group", 1), channels = conv.data.getDimSize(1);
  for (auto [size, name] :
       {std::pair(channels, "input"), std::pair(conv.weight.getDimSize(0), "output")})
    if (!ShapedType::isDynamic(size) && size % group != 0)
      return conv.noteWeight(conv.op->emitOpError()
                             << "expects 'group' (" << group << ") to divide the " << size << ' '
                             << name << " channels");
  int64_t each = conv.weight.getDimSize(1);
  if (ShapedType::isDynamic(channels) || ShapedType::isDynamic(each) || each * group == channels)
    return success();
  return conv.noteWeight(conv.op->emitOpError()
                         << "expects " << channels << " input channels in " << group
                         << " groups, found a weight of " << each << " channels");
}

/// A number for each output channel, and a weight as large as the attribute says.
static LogicalResult expectWeightFits(const Convolution &conv, RankedTensorType bias) {
  int64_t channels = conv.weight.getDimSize(0);
  if (bias && !ShapedType::isDynamic(channels) && !bias.isDynamicDim(0) &&
      bias.getDimSize(0) != channels)
    return conv.noteWeight(conv.op->emitOpError()
                           << "expects a bias for each output channel, found " << bias);
  auto kernel = onnx::intsAttribute(conv.op, "kernel_shape");
  for (auto [i, size] : llvm::enumerate(kernel.value_or(SmallVector<int64_t>())))
    if (!conv.weight.isDynamicDim(i + 2) && conv.weight.getDimSize(i + 2) != size)
      return conv.noteWeight(conv.op->emitOpError()
                             << "expects a weight of the size of 'kernel_shape', found "
                             << conv.weight.getDimSize(i + 2) << " and " << size);
  return success();
}

LogicalResult onnx::verifyChannels(Operation *op) {
  if (op->getName().getStringRef() != "onnx.Conv")
    return success();
  SmallVector<Value> slots = operandSlots(op);
  Convolution conv{op, rankedTypeAt(slots, 0), rankedTypeAt(slots, 1)};
  if (!conv.data || !conv.weight)
    return success();
  if (conv.data.getRank() != conv.weight.getRank())
    return op->emitOpError() << "expects data and weight of one rank, found " << conv.data
                             << " and " << conv.weight;
  return success(succeeded(expectGroups(conv)) &&
                 succeeded(expectWeightFits(conv, rankedTypeAt(slots, 2))));
}
