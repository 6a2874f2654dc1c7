// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compressed weights of which something is trained, as operations that compute them.
//
//   compress.dequantize(%codes, %s) {axis = 0, block_size = 32}   ->
//     %q = compress.dequantize(%codes, ones) {axis = 0, block_size = 32}
//     onnx.Mul(%q, repeat(%s))
#include "lib/Differentiate/TrainedWeights.h"
#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Formats/Groups/Groups.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Whether it follows from what the function is given.
static bool isComputed(Value value) {
  if (isa<BlockArgument>(value))
    return true;
  return llvm::any_of(value.getDefiningOp()->getOperands(), isComputed);
}

static Value splat(OnnxBuilder &build, RankedTensorType type, double value) {
  auto number = FloatAttr::get(type.getElementType(), value);
  return makeConstantOp(build.raw(), build.location(),
                        cast<ElementsAttr>(SplatElementsAttr::get(type, number)));
}

/// Scales of groups, each as often as it holds; broadcastable to the shape.
static Value repeated(OnnxBuilder &build, Value scales, compress::DequantizeOp op) {
  SmallVector<int64_t> shape(shapeOf(op.getCodes())), own(shapeOf(scales));
  int64_t rank = int64_t(shape.size()), block = int64_t(op.getBlockSize());
  int64_t axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
  if (block == 0) {
    if (own.empty() || own[0] == 1)
      return scales;
    SmallVector<int64_t> along(rank, 1);
    along[axis] = own[0];
    return build.reshape(scales, along);
  }
  SmallVector<int64_t> wide(own);
  wide.insert(wide.begin() + axis + 1, block);
  own[axis] *= block;
  Value all =
      build.reshape(build.expand(build.unsqueeze(scales, {axis + 1}), build.integers(wide)), own);
  return own[axis] == shape[axis] ? all : build.slice(all, axis, 0, shape[axis]);
}

static Value written(OnnxBuilder &build, compress::DequantizeOp op) {
  auto scales = cast<RankedTensorType>(op.getScales().getType());
  Value zeros = op.getZeroPoints() && isComputed(op.getZeroPoints()) ? op.getZeroPoints() : Value();
  Value ones = splat(build, scales, 1);
  auto levels = cast<compress::DequantizeOp>(build.raw().clone(*op));
  levels.getScalesMutable().assign(ones);
  if (zeros)
    levels.getZeroPointsMutable().clear();
  Value result = levels.getResult();
  Type element = getElementTypeOrSelf(result.getType());
  if (zeros)
    result = build.subtract(result, repeated(build, build.cast(zeros, element), op));
  return build.multiply(result, repeated(build, build.cast(op.getScales(), element), op));
}

/// The places of the values in the result, in their order.
static SmallVector<int64_t> placesOfKept(compress::DecodeSparseOp op,
                                         const onnx::ConstantView &mask) {
  ArrayRef<int64_t> shape = shapeOf(op.getResult()), values = shapeOf(op.getValues());
  ArrayRef<char> bits = mask.bytes();
  auto isKept = [&](int64_t i) { return (bits[i / 8] >> (i % 8)) & 1; };
  SmallVector<int64_t> places;
  if (!op.getM()) {
    for (int64_t i = 0, size = cast<RankedTensorType>(op.getResult().getType()).getNumElements();
         i < size; ++i)
      if (isKept(i))
        places.push_back(i);
    return places;
  }
  size_t axis = op.getAxis() < 0 ? op.getAxis() + shape.size() : op.getAxis();
  int64_t outer = 1, inner = 1, length = shape[axis], kept = values[axis];
  for (int64_t size : shape.take_front(axis))
    outer *= size;
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
  places.resize(outer * kept * inner);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t column = 0; column < inner; ++column)
      for (int64_t row = 0, next = 0; row < length && next < kept; ++row)
        if (int64_t place = (o * length + row) * inner + column; isKept(place))
          places[(o * kept + next++) * inner + column] = place;
  return places;
}

static Value written(OnnxBuilder &build, compress::DecodeSparseOp op) {
  auto mask = onnx::ConstantView::of(op.getMask());
  if (!mask)
    return Value();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  SmallVector<int64_t> places = placesOfKept(op, *mask);
  Value values = build.reshape(op.getValues(), {int64_t(places.size())});
  Value dense = build.scatterElements(splat(build, type.clone({type.getNumElements()}), 0),
                                      build.integers(places), values, 0);
  return build.reshape(dense, type.getShape());
}

void retort::writeOutTrainedWeights(func::FuncOp function) {
  SmallVector<Operation *> products;
  function.walk([&](onnx::MicrosoftMatMulNBitsOp op) { products.push_back(op); });
  for (Operation *op : products)
    (void)exposeCodes(op, /*takesScales=*/true);
  SmallVector<Operation *> found;
  function.walk([&](Operation *op) {
    if (isa<compress::DequantizeOp, compress::DecodeSparseOp>(op) &&
        llvm::any_of(op->getOperands(), isComputed))
      found.push_back(op);
  });
  for (Operation *op : found) {
    OpBuilder builder(op);
    OnnxBuilder build(builder, op->getLoc());
    auto codes = dyn_cast<compress::DequantizeOp>(op);
    Value result =
        codes ? written(build, codes) : written(build, cast<compress::DecodeSparseOp>(op));
    if (!result)
      continue;
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }
}
