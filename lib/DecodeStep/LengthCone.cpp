// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/DecodeStep/LengthCone.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

static constexpr Place sampledPlaces[] = {{0, 3}, {0, 5}, {2, 1}, {3, 4}};

/// Whether elements are `first`, and so on, along the axis.
static bool countsFrom(const Tensor &tensor, int64_t axis, int64_t first, int64_t count) {
  if (tensor.size() != count || tensor.dim(axis) != count)
    return false;
  for (int64_t i = 0; i < count; ++i)
    if (tensor.number(i) != double(first + i))
      return false;
  return true;
}

std::optional<LengthCone::Part> LengthCone::leaf(Value value) {
  if (!cold.followsLength(value))
    return Part{Part::Constant};
  bool isLength = true;
  std::optional<int64_t> axis;
  Tensor sample;
  for (Place place : sampledPlaces) {
    // Where the graph has no past, there are no other places.
    Refusal ignored;
    FailureOr<Tensor> found = cold.at(value, place, ignored);
    if (failed(found))
      return std::nullopt;
    if (!cold.hasCaches() && place.past > 0)
      continue;
    int64_t total = place.past + place.rows, first = ofColumns ? 0 : place.past;
    isLength &= found->size() == 1 && found->number(0) == double(total);
    if (place.past == 0 && place.rows == 3) {
      for (int64_t i = 0; i < found->rank() && !axis; ++i)
        if (found->dim(i) == 3)
          axis = i;
      sample = *found;
    }
    if (axis && (axis >= found->rank() || !countsFrom(*found, *axis, first, total - first)))
      axis = std::nullopt, sample = Tensor();
  }
  if (isLength && sample)
    return Part{Part::Length, sample};
  if (axis)
    return Part{Part::Counted, sample, *axis};
  return std::nullopt;
}

/// The sizes of a result that a step gives, -1 for those that change.
static std::optional<SmallVector<int64_t>> sizesOf(ColdValues &cold, Value value) {
  Refusal ignored;
  FailureOr<Tensor> a = cold.at(value, {0, 3}, ignored), b = cold.at(value, {0, 5}, ignored);
  if (failed(a) || failed(b) || a->rank() != b->rank())
    return std::nullopt;
  SmallVector<int64_t> sizes;
  for (int64_t i = 0; i < a->rank(); ++i)
    sizes.push_back(a->dim(i) == b->dim(i) ? a->dim(i) : -1);
  return llvm::count(sizes, -1) <= 1 ? std::optional(sizes) : std::nullopt;
}

LogicalResult LengthCone::plan(Value value, Operation *user, Refusal &refusal) {
  if (parts.contains(value))
    return success();
  if (auto part = leaf(value)) {
    parts.insert({value, *part});
    return success();
  }
  Operation *op = value.getDefiningOp();
  auto refuse = [&] {
    std::string through = op ? (", through '" + op->getName().getStringRef() + "'").str() : "";
    return refusal.because(user, "takes rows that depend on the length of the text" + through);
  };
  if (!op || cold.isHot(value) || op->getNumRegions() > 0)
    return refuse();
  if (isa<onnx::ReshapeOp, onnx::UnsqueezeOp, onnx::SqueezeOp>(op)) {
    auto sizes = sizesOf(cold, value);
    if (!sizes)
      return refuse();
    if (failed(plan(op->getOperand(0), user, refusal)))
      return failure();
    parts.insert({value, Part{Part::Reshaped, {}, 0, *sizes}});
    return success();
  }
  if (!isa<onnx::Elementwise, onnx::CastOp>(op) || op->getNumResults() != 1)
    return refuse();
  for (Value operand : op->getOperands())
    if (failed(plan(operand, user, refusal)))
      return failure();
  parts.insert({value, Part{Part::Computed}});
  return success();
}

Value LengthCone::make(Value value, Operation *before, StepInputs &inputs) {
  if (Value known = made.lookup(value))
    return known;
  const Part part = parts.find(value)->second;
  OpBuilder builder(before);
  auto reshaped = [&](Value data, ArrayRef<int64_t> sizes) -> Value {
    SmallVector<int64_t> shape(sizes);
    llvm::replace(shape, int64_t(-1), ShapedType::kDynamic);
    auto type = RankedTensorType::get(shape, getElementTypeOrSelf(data.getType()));
    return onnx::ReshapeOp::create(builder, before->getLoc(), type, data, inputs.integers(sizes));
  };
  Value result;
  if (part.kind == Part::Constant)
    return value;
  if (part.kind == Part::Counted) {
    result = inputs.countedLike(part.like, part.axis, ofColumns);
  } else if (part.kind == Part::Length) {
    Type element = part.like.element();
    result = inputs.total();
    if (!element.isInteger(64))
      result = onnx::CastOp::create(builder, before->getLoc(), RankedTensorType::get({}, element),
                                    result, StringAttr(), IntegerAttr(),
                                    builder.getI64IntegerAttr(dataTypeOf(element)));
    if (part.like.rank() > 0)
      result = reshaped(result, SmallVector<int64_t>(part.like.rank(), 1));
  } else if (part.kind == Part::Reshaped) {
    result = reshaped(make(value.getDefiningOp()->getOperand(0), before, inputs), part.shape);
  } else {
    Operation *op = value.getDefiningOp();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(make(operand, before, inputs));
    Operation *copy = builder.clone(*op);
    copy->setOperands(operands);
    result = copy->getResult(0);
  }
  made.insert({value, result});
  return result;
}
