// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes that lie packed in bytes, with a scale for each block: what the attributes say of the
// sizes.
//   'onnx.com.microsoft.MatMulNBits' op expects 256 bytes of codes, found 128
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Verify/Verify.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;

/// Null where the operand is omitted or of no known sizes.
static RankedTensorType staticTypeAt(ArrayRef<Value> slots, unsigned slot) {
  Value value = slot < slots.size() ? slots[slot] : Value();
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  return type && type.hasStaticShape() ? type : RankedTensorType();
}

static LogicalResult expectCount(Operation *op, RankedTensorType type, int64_t count,
                                 StringRef what) {
  if (!type || type.getNumElements() == count)
    return success();
  return op->emitOpError() << "expects " << count << ' ' << what << ", found "
                           << type.getNumElements();
}

/// N rows of K codes, each row a whole number of blocks.
static LogicalResult verifyMatrix(Operation *op, int64_t bits, int64_t block) {
  int64_t rows = onnx::intAttribute(op, "N", 0), depth = onnx::intAttribute(op, "K", 0);
  int64_t blocks = llvm::divideCeil(depth, block);
  SmallVector<Value> slots = onnx::operandSlots(op);
  RankedTensorType zeros = staticTypeAt(slots, 3);
  bool isPacked = zeros && isa<IntegerType>(zeros.getElementType());
  int64_t zerosOfRow = isPacked ? int64_t(llvm::divideCeil(blocks * bits, 8)) : blocks;
  return success(succeeded(expectCount(op, staticTypeAt(slots, 1), rows * blocks * block * bits / 8,
                                       "bytes of codes")) &&
                 succeeded(expectCount(op, staticTypeAt(slots, 2), rows * blocks, "scales")) &&
                 succeeded(expectCount(op, zeros, rows * zerosOfRow,
                                       isPacked ? "bytes of zero points" : "zero points")) &&
                 succeeded(expectCount(op, staticTypeAt(slots, 5), rows, "numbers of the bias")));
}

/// Data, scales and zero points have one rank.
static LogicalResult verifyTable(Operation *op) {
  std::optional<int64_t> rank;
  SmallVector<Value> slots = onnx::operandSlots(op);
  for (unsigned slot : {0, 2, 3}) {
    Value value = slot < slots.size() ? slots[slot] : Value();
    auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
    if (type && rank.value_or(type.getRank()) != type.getRank())
      return op->emitOpError() << "expects scales and zero points of the data's rank (" << *rank
                               << "), found " << type;
    if (type)
      rank = type.getRank();
  }
  return success();
}

LogicalResult onnx::verifyBlocks(Operation *op) {
  StringRef name = op->getName().getStringRef();
  bool isMatrix = name == "onnx.com.microsoft.MatMulNBits";
  if (!isMatrix && name != "onnx.com.microsoft.GatherBlockQuantized")
    return success();
  int64_t bits = intAttribute(op, "bits", 4), block = intAttribute(op, "block_size", 128);
  if (!llvm::isPowerOf2_64(block))
    return op->emitOpError() << "expects 'block_size' to be a power of two, found " << block;
  return isMatrix ? verifyMatrix(op, bits, block) : verifyTable(op);
}
