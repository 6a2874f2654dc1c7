// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the compress dialect and verifies its operations.
#include "dialects/Compress/Compress.h"
#include "dialects/Compress/FakeQuantize.h"
#include "dialects/Compress/Levels.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;

#include "dialects/Compress/CompressDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Compress/CompressOps.cpp.inc"

void compress::CompressDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Compress/CompressOps.cpp.inc"
      >();
  attachFakeQuantize(*getContext());
}

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Axis counted from the front, or -1 with an error.
static int64_t verifyAxis(Operation *op, int64_t axis, int64_t rank) {
  int64_t front = axis < 0 ? axis + rank : axis;
  if (front >= 0 && front < rank)
    return front;
  op->emitOpError() << "expects 'axis' of a tensor of rank " << rank << ", found " << axis;
  return -1;
}

/// Checks the shape of the scales against the codes.
static LogicalResult verifyScales(compress::DequantizeOp op) {
  RankedTensorType codes = tensorOf(op.getCodes()), scales = tensorOf(op.getScales());
  if (scales.getNumElements() == 1 && scales.getRank() <= 1)
    return success();
  int64_t axis = verifyAxis(op, op.getAxis(), codes.getRank()), block = op.getBlockSize();
  if (axis < 0)
    return failure();
  SmallVector<int64_t> expected{codes.getDimSize(axis)};
  if (block != 0) {
    if (block < 0)
      return op.emitOpError() << "expects 'block_size' above zero, found " << block;
    expected.assign(codes.getShape().begin(), codes.getShape().end());
    expected[axis] = llvm::divideCeil(expected[axis], block);
  }
  if (scales.getShape() == ArrayRef(expected))
    return success();
  return op.emitOpError() << "expects scales of shape [" << expected << "], found " << scales;
}

LogicalResult compress::DequantizeOp::verify() {
  RankedTensorType codes = tensorOf(getCodes()), scales = tensorOf(getScales()),
                   result = tensorOf(getResult());
  auto code = dyn_cast<IntegerType>(codes.getElementType());
  if (!code || code.getWidth() < 2 || code.getWidth() > 8)
    return emitOpError() << "expects codes of 2 to 8 bits, found " << codes;
  if (!isa<FloatType>(scales.getElementType()))
    return emitOpError() << "expects scales that are floats, found " << scales;
  if (result != codes.clone(scales.getElementType()))
    return emitOpError() << "expects a result of type " << codes.clone(scales.getElementType())
                         << ", as the codes and scales have, found " << result;
  Value zeros = getZeroPoints();
  if (zeros && zeros.getType() != scales.clone(code) && zeros.getType() != scales)
    return emitOpError() << "expects zero points of type " << scales.clone(code)
                         << ", as the scales and codes have, or as scales, found "
                         << zeros.getType();
  return verifyScales(*this);
}

LogicalResult compress::DecodeLevelsOp::verify() {
  RankedTensorType codes = tensorOf(getCodes()), scales = tensorOf(getScales()),
                   ladder = tensorOf(getLadder()), result = tensorOf(getResult());
  auto code = dyn_cast<IntegerType>(codes.getElementType()),
       place = dyn_cast<IntegerType>(scales.getElementType());
  if (!code || !code.isUnsigned() || code.getWidth() < 2 || code.getWidth() > 8)
    return emitOpError() << "expects codes of ui2 to ui8, found " << codes;
  if (!place || !place.isUnsignedInteger(ScaleLadder::bits))
    return emitOpError() << "expects scales of ui6, found " << scales;
  if (ladder.getShape() != ArrayRef<int64_t>{2} || !ladder.getElementType().isInteger(32))
    return emitOpError() << "expects a ladder of type tensor<2xi32>, found " << ladder;
  if (!isa<FloatType>(result.getElementType()) || result.getShape() != codes.getShape())
    return emitOpError() << "expects floats of the shape of the codes " << codes << ", found "
                         << result;
  int64_t axis = verifyAxis(*this, getAxis(), codes.getRank());
  if (axis < 0)
    return failure();
  if (getBlockSize() < 1)
    return emitOpError() << "expects 'block_size' above zero, found " << getBlockSize();
  SmallVector<int64_t> expected(codes.getShape());
  expected[axis] = llvm::divideCeil(expected[axis], getBlockSize());
  if (scales.getShape() != ArrayRef(expected))
    return emitOpError() << "expects scales of shape [" << expected << "], found " << scales;
  auto steps = onnx::ConstantView::of(getLadder());
  if (steps && !ScaleLadder{int32_t(steps->intAt(0)), int32_t(steps->intAt(1))}.isValid())
    return emitOpError() << "expects a ladder of finite scales above zero, found "
                         << steps->intAt(0) << " and " << steps->intAt(1);
  return success();
}

/// Checks `values` of n:m, or unstructured ones.
static LogicalResult verifyValues(compress::DecodeSparseOp op) {
  RankedTensorType values = tensorOf(op.getValues()), result = tensorOf(op.getResult());
  if (!op.getM()) {
    if (values.getRank() != 1 || values.getDimSize(0) > result.getNumElements())
      return op.emitOpError() << "expects a list of at most " << result.getNumElements()
                              << " values, found " << values;
    return success();
  }
  int64_t n = *op.getN(), m = *op.getM();
  if (n < 1 || m <= n)
    return op.emitOpError() << "expects 0 < 'n' < 'm', found n = " << n << " and m = " << m;
  int64_t axis = verifyAxis(op, op.getAxis(), result.getRank());
  if (axis < 0)
    return failure();
  SmallVector<int64_t> expected(result.getShape());
  expected[axis] = op.keptLength(expected[axis], n, m);
  if (values.getShape() != ArrayRef(expected))
    return op.emitOpError() << "expects values of shape [" << expected << "] for " << n
                            << " of each " << m << ", found " << values;
  return success();
}

LogicalResult compress::DecodeSparseOp::verify() {
  RankedTensorType mask = tensorOf(getMask()), values = tensorOf(getValues()),
                   result = tensorOf(getResult());
  if (getN().has_value() != getM().has_value())
    return emitOpError("expects 'n' and 'm' together");
  int64_t bytes = llvm::divideCeil(result.getNumElements(), 8);
  if (mask.getRank() != 1 || mask.getDimSize(0) != bytes)
    return emitOpError() << "expects a mask of " << bytes << " bytes for the "
                         << result.getNumElements() << " elements, found " << mask;
  if (values.getElementType() != result.getElementType() ||
      !isa<FloatType>(values.getElementType()))
    return emitOpError() << "expects values of the result's float type, found " << values << " for "
                         << result;
  if (failed(verifyValues(*this)))
    return failure();
  auto bits = onnx::ConstantView::of(getMask());
  if (!bits)
    return success();
  int64_t kept = 0;
  for (char byte : bits->bytes())
    kept += llvm::popcount(uint8_t(byte));
  if (kept != values.getNumElements())
    return emitOpError() << "expects as many values as the mask keeps (" << kept << "), found "
                         << values.getNumElements();
  return success();
}

bool compress::isOnnxCode(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  return isa<IntegerType>(element) && (bits == 2 || bits == 4 || bits == 8);
}

Value compress::createDequantize(OpBuilder &builder, Location loc, Value codes, Value scales,
                                 Value zeros, int64_t axis, int64_t block) {
  RankedTensorType type = tensorOf(codes);
  bool isOnnx = isOnnxCode(type.getElementType()) &&
                (!zeros || isa<IntegerType>(tensorOf(zeros).getElementType()));
  OperationState state(loc, isOnnx ? onnx::DequantizeLinearOp::getOperationName()
                                   : DequantizeOp::getOperationName());
  state.addOperands({codes, scales});
  if (zeros)
    state.addOperands(zeros);
  state.addTypes(type.clone(tensorOf(scales).getElementType()));
  if (tensorOf(scales).getRank() > 0)
    state.addAttribute("axis", builder.getI64IntegerAttr(axis));
  if (block)
    state.addAttribute("block_size", builder.getI64IntegerAttr(block));
  return builder.create(state)->getResult(0);
}
