// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes channels out of the values and constants of a group.
#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Compress/PruneStructured/ReshapeTarget.h"
#include "lib/Compress/PruneStructured/SlicedParts.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace retort;

static RankedTensorType resized(Value value, int64_t axis, int64_t size) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = size;
  return type.clone(shape);
}

/// Bytes of elements of whole bytes; see onnx::elementBits.
static void copyKept(ArrayRef<char> from, MutableArrayRef<char> to, RankedTensorType type,
                     int64_t axis, ArrayRef<int64_t> kept) {
  int64_t outer = 1, inner = onnx::elementBits(type.getElementType()) / 8;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (int64_t(i) != axis)
      (int64_t(i) < axis ? outer : inner) *= size;
  char *next = to.data();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t place : kept) {
      const char *run = from.data() + (i * type.getDimSize(axis) + place) * inner;
      next = std::copy(run, run + inner, next);
    }
}

void retort::keepAlong(Value constant, int64_t axis, ArrayRef<int64_t> kept) {
  auto view = onnx::ConstantView::of(constant);
  RankedTensorType before = view->type(), after = resized(constant, axis, int64_t(kept.size()));
  auto fill = [&](MutableArrayRef<char> bytes) {
    copyKept(view->bytes(), bytes, before, axis, kept);
  };
  constant.getDefiningOp()->setAttr("value",
                                    onnx::makeConstant(after, onnx::valueName(constant), fill));
  constant.setType(after);
}

/// Each reader within the group gets a constant of its own.
static void keepShared(Value constant, const UnitAxis &units, const ChannelGroup &group,
                       ArrayRef<char> stays) {
  auto view = onnx::ConstantView::of(constant);
  std::vector<int64_t> kept = units.kept(stays);
  RankedTensorType after = resized(constant, units.axis, int64_t(kept.size()));
  auto fill = [&](MutableArrayRef<char> bytes) {
    copyKept(view->bytes(), bytes, view->type(), units.axis, kept);
  };
  ElementsAttr value = onnx::makeConstant(after, onnx::valueName(constant), fill);
  for (OpOperand &use : llvm::make_early_inc_range(constant.getUses())) {
    bool isOwn = llvm::any_of(use.getOwner()->getResults(),
                              [&](Value result) { return group.values.contains(result); });
    if (!isOwn)
      continue;
    OpBuilder builder(use.getOwner());
    use.set(makeConstantOp(builder, constant.getLoc(), value));
  }
}

static bool isShared(Value constant, const ChannelGroup &group) {
  return llvm::any_of(constant.getUsers(), [&](Operation *op) {
    return op != group.product && llvm::none_of(op->getResults(), [&](Value result) {
             return group.values.contains(result);
           });
  });
}

static void pickKept(OpOperand &operand, const UnitAxis &units, ArrayRef<char> stays) {
  OpBuilder builder(operand.getOwner());
  std::vector<int64_t> kept = units.kept(stays);
  Location loc = operand.getOwner()->getLoc();
  Value places = makeIntegers(builder, loc, kept);
  Type type = resized(operand.get(), units.axis, int64_t(kept.size()));
  auto axis = builder.getIntegerAttr(builder.getIntegerType(64), units.axis);
  operand.set(onnx::GatherOp::create(builder, loc, type, operand.get(), places, axis));
}

/// Types of arguments and results follow their values.
static void retypeFunctions(const ChannelGroup &group) {
  auto function = group.product->getParentOfType<func::FuncOp>();
  if (!function)
    return;
  Block &body = function.front();
  function.setType(FunctionType::get(function.getContext(), body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
}

void retort::keepUnits(const ChannelGroup &group, ArrayRef<char> stays) {
  for (auto &[constant, units] : group.constants)
    if (isShared(constant, group))
      keepShared(constant, units, group, stays);
    else
      keepAlong(constant, units.axis, units.kept(stays));
  for (auto &[operand, units] : group.picked)
    pickKept(*operand, units, stays);
  for (Operation *op : group.resized) {
    if (auto part = group.values.find(op->getResult(0)); isa<onnx::ReshapeOp, onnx::ExpandOp>(op))
      resizeTarget(op, part->second.axis, int64_t(part->second.kept(stays).size()));
    else
      resizeParts(op, group.unitsOf(op->getOperand(0)), stays);
  }
  for (auto &[value, units] : group.values)
    Value(value).setType(resized(value, units.axis, int64_t(units.kept(stays).size())));
  retypeFunctions(group);
}
