// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of convolutions and pooling: each list has a number for each spatial axis, paddings two.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Verify/Verify.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;

static bool isPool(Operation *op) {
  StringRef name = op->getName().getStringRef();
  return name == "onnx.AveragePool" || name == "onnx.MaxPool";
}

static bool hasWindows(Operation *op) {
  StringRef name = op->getName().getStringRef();
  return isPool(op) || name == "onnx.Conv" || name == "onnx.ConvTranspose";
}

/// Without it a window could lie in the padding alone.
static LogicalResult verifyPadsOfPool(Operation *op, ArrayRef<int64_t> kernel) {
  auto pads = onnx::intsAttribute(op, "pads");
  for (auto [i, pad] : llvm::enumerate(pads.value_or(SmallVector<int64_t>())))
    if (pad >= kernel[i % kernel.size()])
      return op->emitOpError() << "expects 'pads' below the size of the kernel ("
                               << kernel[i % kernel.size()] << "), found " << pad;
  return success();
}

LogicalResult onnx::verifyWindows(Operation *op) {
  if (!hasWindows(op))
    return success();
  auto kernel = intsAttribute(op, "kernel_shape");
  auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  if (!kernel && !type)
    return success();
  if (type && type.getRank() < 3)
    return op->emitOpError() << "expects data of rank 3 or more, found " << type;
  size_t axes = type ? type.getRank() - 2 : kernel->size();
  for (auto [name, each] : {std::pair("kernel_shape", 1), std::pair("strides", 1),
                            std::pair("dilations", 1), std::pair("pads", 2)})
    if (auto list = intsAttribute(op, name); list && list->size() != each * axes)
      return op->emitOpError() << "expects '" << name << "' of " << each * axes
                               << " numbers, found " << list->size();
  return isPool(op) && kernel && !kernel->empty() ? verifyPadsOfPool(op, *kernel) : success();
}
