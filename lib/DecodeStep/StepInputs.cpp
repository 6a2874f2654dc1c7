// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs and tables of a step.
//   %places = past + [0 ... T - 1] ; %cos = onnx.Gather(table of the whole context, %places)
#include "lib/DecodeStep/StepInputs.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Names.h"
#include "lib/Analysis/Roles.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

BlockArgument StepInputs::addInput(unsigned place, Type type, StringRef role) {
  (void)function.insertArgument(place, type, {}, loc);
  function.setArgAttr(place, roleAttribute, builder.getStringAttr(role));
  function.setArgAttr(place, "onnx.name", builder.getStringAttr(role));
  return function.getArgument(place);
}

StepInputs::StepInputs(TextGraph &text)
    : function(text.function), builder(text.function.getContext()), loc(text.function.getLoc()) {
  builder.setInsertionPointToStart(&function.getBody().front());
  Type scalar = RankedTensorType::get({}, builder.getI64Type());
  BlockArgument first = addInput(0, text.tokens.getType(), "tokens");
  text.tokens.replaceAllUsesWith(first);
  function.setArgAttr(0, "onnx.dims", builder.getStrArrayAttr({"", "tokens"}));
  tokens = first;
  before = addInput(1, scalar, "past");
  asked = addInput(2, scalar, "rows");
  llvm::BitVector old(function.getNumArguments());
  old.set(text.tokens.getArgNumber());
  (void)function.eraseArguments(old);
  text.tokens = first;
}

Value StepInputs::integers(ArrayRef<int64_t> values) {
  return constant(Tensor::ints(builder.getContext(), values));
}

static bool same(const Tensor &a, const Tensor &b) {
  return a.element() == b.element() && a.shape() == b.shape() &&
         std::memcmp(a.cells().data(), b.cells().data(), a.cells().size() * sizeof(onnx::Cell)) ==
             0;
}

Value StepInputs::constant(const Tensor &tensor) {
  for (auto &[known, value] : constants)
    if (same(known, tensor))
      return value;
  Value value = makeConstantOp(builder, loc, tensor.attribute("step_table"));
  constants.push_back({tensor, value});
  return value;
}

Value StepInputs::writeIndex() {
  if (!index)
    index = onnx::UnsqueezeOp::create(
        builder, loc, RankedTensorType::get({1}, builder.getI64Type()), before, integers({0}));
  return index;
}

/// T, a scalar.
Value StepInputs::count() {
  if (fresh)
    return fresh;
  Type scalar = RankedTensorType::get({}, builder.getI64Type());
  Value shape = onnx::ShapeOp::create(
      builder, loc, RankedTensorType::get({2}, builder.getI64Type()), tokens, IntegerAttr());
  return fresh =
             onnx::GatherOp::create(builder, loc, scalar, shape,
                                    constant(Tensor::ints(builder.getContext(), {1}).reshaped({})));
}

Value StepInputs::total() {
  if (!all)
    all = onnx::AddOp::create(builder, loc, before.getType(), count(), before);
  return all;
}

/// 0 ... limit - 1.
static Value countTo(OpBuilder &builder, Location loc, Value limit, Value zero, Value one) {
  Type list = RankedTensorType::get({ShapedType::kDynamic}, builder.getI64Type());
  return onnx::RangeOp::create(builder, loc, list, zero, limit, one);
}

/// past ... past + T - 1.
Value StepInputs::positions() {
  if (places)
    return places;
  auto number = [&](int64_t value) {
    return constant(Tensor::ints(builder.getContext(), {value}).reshaped({}));
  };
  Value range = countTo(builder, loc, count(), number(0), number(1));
  return places = onnx::AddOp::create(builder, loc, range.getType(), range, before);
}

Value StepInputs::countedLike(const Tensor &like, int64_t axis, bool ofColumns) {
  RowSource source;
  source.table = like;
  source.axis = axis;
  if (!ofColumns)
    return reshaped(positions(), source);
  auto number = [&](int64_t value) {
    return constant(Tensor::ints(builder.getContext(), {value}).reshaped({}));
  };
  if (!columns)
    columns = countTo(builder, loc, total(), number(0), number(1));
  return reshaped(columns, source);
}

/// The positions in the type and among the axes of size 1 that the value has.
Value StepInputs::reshaped(Value list, const RowSource &source) {
  Type element = source.table.element();
  if (!element.isInteger(64))
    list = onnx::CastOp::create(
        builder, loc, RankedTensorType::get({ShapedType::kDynamic}, element), list, StringAttr(),
        IntegerAttr(), builder.getI64IntegerAttr(dataTypeOf(element)));
  if (source.table.rank() == 1)
    return list;
  SmallVector<int64_t> shape(source.table.rank(), 1), type(shape);
  shape[source.axis] = -1;
  type[source.axis] = ShapedType::kDynamic;
  return onnx::ReshapeOp::create(builder, loc, RankedTensorType::get(type, element), list,
                                 integers(shape));
}

/// factor * cos(positions * frequencies).
Value StepInputs::computed(const RowSource &source) {
  const AngleRows &angles = *source.angles;
  Value frequencies = constant(angles.frequencies);
  for (auto &[known, axis, isSine, factor, value] : waves)
    if (known == frequencies && axis == source.axis && isSine == angles.isSine &&
        factor == angles.factor)
      return value;
  SmallVector<int64_t> shape(source.table.shape());
  shape[source.axis] = ShapedType::kDynamic;
  auto type = RankedTensorType::get(shape, source.table.element());
  Value rows = onnx::MulOp::create(builder, loc, type, reshaped(positions(), source), frequencies);
  rows = angles.isSine ? onnx::SinOp::create(builder, loc, type, rows).getResult()
                       : onnx::CosOp::create(builder, loc, type, rows).getResult();
  if (angles.factor != 1)
    rows = onnx::MulOp::create(builder, loc, type, rows,
                               constant(Tensor::scalar(type.getElementType(), angles.factor)));
  waves.push_back({frequencies, source.axis, angles.isSine, angles.factor, rows});
  return rows;
}

Value StepInputs::rowsOf(const RowSource &source) {
  if (source.kind == RowSource::Positions)
    return reshaped(positions(), source);
  if (source.kind == RowSource::Angles)
    return computed(source);
  if (source.kind == RowSource::Lookup) {
    Value indices = rowsOf(*source.indices);
    // In its own place: its table may stand anywhere before it.
    Operation *copy = OpBuilder(source.lookup).clone(*source.lookup);
    copy->setOperand(1, indices);
    return copy->getResult(0);
  }
  // A constant of the graph stays one: it may stand anywhere before what takes its first rows.
  if (source.kind == RowSource::Prefix) {
    OpBuilder here(source.lookup);
    Value data = source.lookup->getOperand(0);
    SmallVector<int64_t> shape(cast<RankedTensorType>(data.getType()).getShape());
    shape[source.axis] = ShapedType::kDynamic;
    return onnx::GatherOp::create(here, source.lookup->getLoc(),
                                  cast<RankedTensorType>(data.getType()).clone(shape), data,
                                  positions(), source.axis);
  }
  Value table = constant(source.table);
  for (auto &[known, axis, value] : gathered)
    if (known == table && axis == source.axis)
      return value;
  SmallVector<int64_t> shape(source.table.shape());
  shape[source.axis] = ShapedType::kDynamic;
  Value rows =
      onnx::GatherOp::create(builder, loc, RankedTensorType::get(shape, source.table.element()),
                             table, positions(), source.axis);
  gathered.push_back({table, source.axis, rows});
  return rows;
}

BlockArgument StepInputs::addState(RankedTensorType type) {
  unsigned place = function.getNumArguments();
  (void)function.insertArgument(place, type, {}, loc);
  function.setArgAttr(place, names::state, builder.getI64IntegerAttr(stateArguments.size()));
  stateArguments.push_back(function.getArgument(place));
  return stateArguments.back();
}
