// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of inputs, from sizes:
//   %past = Gather(Shape(%cache), axis) ; %total = %past + Gather(Shape(%tokens), 1)
#include "lib/DecodeStep/TextPlace.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Constants.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t unknown = ShapedType::kDynamic;

Value TextPlace::number(int64_t value) {
  auto scalar = RankedTensorType::get({}, builder.getI64Type());
  return makeConstantOp(builder, loc,
                        DenseElementsAttr::get(llvm::cast<ShapedType>(scalar), value));
}

TextPlace::TextPlace(OpBuilder &builder, Location loc, Value tokens, Value cache, int64_t axis)
    : builder(builder), loc(loc) {
  auto sizeOf = [&](Value tensor, int64_t axis) -> Value {
    int64_t rank = llvm::cast<RankedTensorType>(tensor.getType()).getRank();
    Value shape = onnx::ShapeOp::create(
        builder, loc, RankedTensorType::get(rank, builder.getI64Type()), tensor, IntegerAttr());
    return onnx::GatherOp::create(builder, loc, RankedTensorType::get({}, builder.getI64Type()),
                                  shape, number(axis));
  };
  total = sizeOf(tokens, 1);
  past = cache ? sizeOf(cache, axis) : number(0);
  if (cache)
    total = onnx::AddOp::create(builder, loc, past.getType(), past, total);
}

Value TextPlace::range(Value from, Value to) {
  return onnx::RangeOp::create(builder, loc, RankedTensorType::get({unknown}, builder.getI64Type()),
                               from, to, number(1));
}

Value TextPlace::unsqueeze(Value value, int64_t axis) {
  auto type = llvm::cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + axis, 1);
  return onnx::UnsqueezeOp::create(builder, loc, type.clone(shape), value,
                                   makeIntegers(builder, loc, {axis}));
}

Value TextPlace::cast(Value value, Type element) {
  auto type = llvm::cast<RankedTensorType>(value.getType());
  if (type.getElementType() == element)
    return value;
  int64_t number = element.isInteger(1)    ? 9
                   : element.isInteger(32) ? 6
                   : element.isF32()       ? 1
                   : element.isF16()       ? 10
                   : element.isF64()       ? 11
                   : element.isBF16()      ? 16
                                           : 7;
  return onnx::CastOp::create(builder, loc, type.clone(element), value, StringAttr(), IntegerAttr(),
                              builder.getI64IntegerAttr(number));
}

/// T x columns: true up to the row's own place.
Value TextPlace::rowsSeeing(Value columns, RankedTensorType type) {
  Type boolean = builder.getI1Type();
  Value sees = onnx::GreaterOrEqualOp::create(
      builder, loc, RankedTensorType::get({unknown, unknown}, boolean),
      unsqueeze(range(past, total), 1), unsqueeze(columns, 0));
  if (auto real = dyn_cast<FloatType>(type.getElementType())) {
    auto scalar = RankedTensorType::get({}, real);
    auto value = [&](APFloat number) {
      return makeConstantOp(builder, loc,
                            DenseElementsAttr::get(llvm::cast<ShapedType>(scalar), number));
    };
    const llvm::fltSemantics &semantics = real.getFloatSemantics();
    sees = onnx::WhereOp::create(builder, loc, RankedTensorType::get({unknown, unknown}, real),
                                 sees, value(APFloat::getZero(semantics)),
                                 value(APFloat::getLargest(semantics, /*Negative=*/true)));
  }
  return cast(unsqueeze(unsqueeze(sees, 0), 0), type.getElementType());
}

Value TextPlace::mask(RankedTensorType type) {
  if ((type.getRank() != 2 && type.getRank() != 4) || !type.getElementType().isIntOrFloat())
    return {};
  int64_t last = type.getShape().back();
  Value columns = range(number(0), ShapedType::isDynamic(last) ? total : number(last));
  if (type.getRank() == 4)
    return rowsSeeing(columns, type);
  Value sees = onnx::LessOp::create(
      builder, loc, RankedTensorType::get({unknown}, builder.getI1Type()), columns, total);
  return cast(unsqueeze(sees, 0), type.getElementType());
}

Value TextPlace::positions(RankedTensorType type) {
  int64_t rank = type.getRank();
  if (rank < 1 || rank > 3 || !type.getElementType().isInteger() ||
      (rank == 3 && type.isDynamicDim(0)))
    return {};
  Value count = cast(range(past, total), type.getElementType());
  for (int64_t axis = 1; axis < rank; ++axis)
    count = unsqueeze(count, 0);
  if (rank < 3)
    return count;
  int64_t lists = type.getDimSize(0);
  return onnx::ExpandOp::create(builder, loc, type.clone({lists, 1, unknown}), count,
                                makeIntegers(builder, loc, {lists, 1, 1}));
}

Value TextPlace::start(RankedTensorType type) { return numberAs(past, type); }

Value TextPlace::length(RankedTensorType type) { return numberAs(total, type); }

Value TextPlace::numberAs(Value number, RankedTensorType type) {
  return cast(type.getRank() == 0 ? number : unsqueeze(number, 0), type.getElementType());
}
