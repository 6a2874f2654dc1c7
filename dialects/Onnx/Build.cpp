// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Typed operations whose result types follow by inference.
#include "dialects/Onnx/Build.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

Value OnnxBuilder::inferred(Operation *op) {
  (void)inferTypes(op);
  return op->getResult(0);
}

Type OnnxBuilder::unranked(Value like) {
  return UnrankedTensorType::get(getElementTypeOrSelf(like.getType()));
}

Value OnnxBuilder::integers(ArrayRef<int64_t> values) { return makeIntegers(builder, loc, values); }

Value OnnxBuilder::number(double value, Type element) {
  return makeConstantOp(builder, loc, Tensor::scalar(element, value).attribute("number"));
}

Value OnnxBuilder::cast(Value value, Type element) {
  if (getElementTypeOrSelf(value.getType()) == element)
    return value;
  return inferred(CastOp::create(builder, loc, UnrankedTensorType::get(element), value,
                                 /*round_mode=*/StringAttr(), /*saturate=*/IntegerAttr(),
                                 builder.getI64IntegerAttr(dataTypeOf(element))));
}

Value OnnxBuilder::add(Value a, Value b) {
  return inferred(AddOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::subtract(Value a, Value b) {
  return inferred(SubOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::multiply(Value a, Value b) {
  return inferred(MulOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::maximum(Value a, Value b) {
  return inferred(MaxOp::create(builder, loc, unranked(a), ValueRange{a, b}));
}
Value OnnxBuilder::minimum(Value a, Value b) {
  return inferred(MinOp::create(builder, loc, unranked(a), ValueRange{a, b}));
}
Value OnnxBuilder::power(Value a, Value exponent) {
  return inferred(PowOp::create(builder, loc, unranked(a), a, exponent));
}
Value OnnxBuilder::product(Value a, Value b) {
  return inferred(MatMulOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::equal(Value a, Value b) {
  return inferred(
      EqualOp::create(builder, loc, UnrankedTensorType::get(builder.getI1Type()), a, b));
}
Value OnnxBuilder::choose(Value condition, Value yes, Value no) {
  return inferred(WhereOp::create(builder, loc, unranked(yes), condition, yes, no));
}
Value OnnxBuilder::both(Value a, Value b) {
  return inferred(AndOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::invert(Value condition) {
  return inferred(NotOp::create(builder, loc, unranked(condition), condition));
}

Value OnnxBuilder::transpose(Value value, ArrayRef<int64_t> order) {
  if (llvm::equal(order, llvm::seq<int64_t>(order.size())))
    return value;
  return inferred(TransposeOp::create(builder, loc, unranked(value), value,
                                      builder.getDenseI64ArrayAttr(order)));
}

Value OnnxBuilder::unsqueeze(Value value, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return value;
  return inferred(UnsqueezeOp::create(builder, loc, unranked(value), value, integers(axes)));
}
Value OnnxBuilder::squeeze(Value value, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return value;
  return inferred(SqueezeOp::create(builder, loc, unranked(value), value, integers(axes)));
}

Value OnnxBuilder::reshape(Value value, Value shape) {
  return inferred(
      ReshapeOp::create(builder, loc, unranked(value), value, shape, /*allowzero=*/IntegerAttr()));
}
Value OnnxBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  return reshape(value, integers(shape));
}

Value OnnxBuilder::slice(Value value, int64_t axis, int64_t begin, int64_t end) {
  return inferred(SliceOp::create(builder, loc, unranked(value), value, integers(begin),
                                  integers(end), integers(axis), Value()));
}

Value OnnxBuilder::sliceEvery(Value value, int64_t axis, int64_t begin, int64_t count,
                              int64_t stride) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && begin == 0 && stride == 1 && type.getDimSize(axis) == count)
    return value;
  if (stride == 1)
    return slice(value, axis, begin, begin + count);
  return inferred(SliceOp::create(builder, loc, unranked(value), value, integers(begin),
                                  integers(begin + (count - 1) * stride + 1), integers(axis),
                                  integers(stride)));
}

Value OnnxBuilder::reorder(Value value, int64_t axis, ArrayRef<int64_t> order) {
  return inferred(GatherOp::create(builder, loc, unranked(value), value, integers(order), axis));
}

Value OnnxBuilder::lookUp(Value table, Value rows) {
  return inferred(GatherOp::create(builder, loc, unranked(table), table, rows, int64_t(0)));
}

Value OnnxBuilder::negate(Value value) {
  return inferred(NegOp::create(builder, loc, unranked(value), value));
}

Value OnnxBuilder::concat(ValueRange values, int64_t axis) {
  return inferred(ConcatOp::create(builder, loc, unranked(values.front()), values,
                                   builder.getI64IntegerAttr(axis)));
}

Value OnnxBuilder::expand(Value value, Value shape) {
  return inferred(ExpandOp::create(builder, loc, unranked(value), value, shape));
}

Value OnnxBuilder::pad(Value value, Value pads) {
  return inferred(PadOp::create(builder, loc, unranked(value), value, pads, Value(), Value(),
                                /*mode=*/StringAttr()));
}

Value OnnxBuilder::range(Value limit) {
  Type element = getElementTypeOrSelf(limit.getType());
  return inferred(RangeOp::create(builder, loc, unranked(limit), number(0, element), limit,
                                  number(1, element), /*stash_type=*/IntegerAttr()));
}

Value OnnxBuilder::scatterRows(Value cache, Value rows, Value begin) {
  return inferred(TensorScatterOp::create(builder, loc, unranked(cache), cache, rows, begin,
                                          builder.getI64IntegerAttr(-2), /*mode=*/StringAttr()));
}

Value OnnxBuilder::shape(Value value) {
  return inferred(ShapeOp::create(builder, loc, UnrankedTensorType::get(builder.getI64Type()),
                                  value, /*end=*/IntegerAttr(), /*start=*/IntegerAttr()));
}

/// Without the bounds that Shape has had since a later opset than the rest.
Value OnnxBuilder::size(Value value, int64_t axis) {
  return slice(shape(value), 0, axis, axis + 1);
}

Value OnnxBuilder::divide(Value a, Value b) {
  return inferred(DivOp::create(builder, loc, unranked(a), a, b));
}
Value OnnxBuilder::less(Value a, Value b) {
  return inferred(LessOp::create(builder, loc, UnrankedTensorType::get(builder.getI1Type()), a, b));
}
Value OnnxBuilder::tanh(Value value) {
  return inferred(TanhOp::create(builder, loc, unranked(value), value));
}
Value OnnxBuilder::squareRoot(Value value) {
  return inferred(SqrtOp::create(builder, loc, unranked(value), value));
}
Value OnnxBuilder::isNaN(Value value) {
  return inferred(
      IsNaNOp::create(builder, loc, UnrankedTensorType::get(builder.getI1Type()), value));
}

Value OnnxBuilder::softmax(Value scores) {
  return inferred(
      SoftmaxOp::create(builder, loc, unranked(scores), scores, builder.getI64IntegerAttr(-1)));
}

Value OnnxBuilder::meanAlongLast(Value value) {
  return inferred(ReduceMeanOp::create(builder, loc, unranked(value), value, integers(-1),
                                       builder.getI64IntegerAttr(1), IntegerAttr()));
}

Value OnnxBuilder::reduceSum(Value value, ArrayRef<int64_t> axes) {
  return inferred(ReduceSumOp::create(builder, loc, unranked(value), value, integers(axes),
                                      builder.getI64IntegerAttr(1), IntegerAttr()));
}

Value OnnxBuilder::rmsNormalization(Value value, Value weight, float epsilon) {
  return inferred(RMSNormalizationOp::create(builder, loc, unranked(value), value, weight,
                                             builder.getI64IntegerAttr(-1),
                                             builder.getF32FloatAttr(epsilon), IntegerAttr()));
}

Value OnnxBuilder::gather(Value table, Value indices, int64_t axis) {
  return inferred(GatherOp::create(builder, loc, unranked(table), table, indices,
                                   builder.getI64IntegerAttr(axis)));
}

Value OnnxBuilder::scatterElements(Value data, Value indices, Value updates, int64_t axis) {
  return inferred(ScatterElementsOp::create(builder, loc, unranked(data), data, indices, updates,
                                            builder.getI64IntegerAttr(axis), StringAttr()));
}
