// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that hand an operand over as it is, and shapes that need not be computed.
#include "lib/Simplify/Simplifications.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Whether all elements of a small constant are `number`.
static bool isAll(Value value, double number) {
  auto view = value ? ConstantView::of(value) : std::nullopt;
  if (!view || view->size() == 0 || view->size() > 4096)
    return false;
  bool isFloat = isa<FloatType>(view->type().getElementType());
  for (int64_t i = 0; i < (view->isSplat() ? 1 : view->size()); ++i)
    if ((isFloat ? view->floatAt(i) : double(view->intAt(i))) != number)
      return false;
  return true;
}

/// The operand that neutral element leaves: x + 0, x * 1, x - 0, x / 1.
static Value neutral(Operation *op) {
  double number;
  bool commutes = isa<AddOp, MulOp>(op);
  if (isa<AddOp, SubOp>(op))
    number = 0;
  else if (isa<MulOp, DivOp>(op))
    number = 1;
  else
    return {};
  if (isAll(op->getOperand(1), number))
    return op->getOperand(0);
  return commutes && isAll(op->getOperand(0), number) ? op->getOperand(1) : Value();
}

/// Whether the result's shape follows from numbers that are known: what the model merely declares
/// of it, the run has to check.
static bool isShapeProved(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  return slots.size() < 2 || !slots[1] || dims.contents(slots[1]).has_value();
}

/// Whether no size that Expand is asked for can be one that the operand does not have.
static bool asksForNothing(ExpandOp op, SymbolicDims &dims) {
  auto shape = dims.shape(op->getOperand(0));
  auto asked = dims.contents(op->getOperand(1));
  if (!shape || !asked || asked->elements.size() > shape->size())
    return false;
  auto own = ArrayRef(*shape).take_back(asked->elements.size());
  return llvm::all_of(llvm::zip(own, asked->elements), [&](auto pair) {
    auto [size, wanted] = pair;
    return wanted.constant() == 1 || dims.equal(size, wanted) == true;
  });
}

/// Through operations that change the shape alone.
static Value unreshaped(Operation *op, SymbolicDims &dims) {
  for (Operation *at = op; at && isReshape(at) && isShapeProved(at, dims);
       at = at->getOperand(0).getDefiningOp())
    if (dims.sameShape(at->getOperand(0), op->getResult(0)))
      return at->getOperand(0);
  return {};
}

static Value untransposed(TransposeOp op) {
  auto order = intsAttribute(op, "perm");
  if (!order)
    return {};
  Value source = op->getOperand(0);
  if (auto inner = source.getDefiningOp<TransposeOp>()) {
    auto first = intsAttribute(inner, "perm");
    if (!first || first->size() != order->size())
      return {};
    for (int64_t &axis : *order)
      axis = (*first)[axis];
    source = inner->getOperand(0);
  }
  return llvm::equal(*order, llvm::seq<int64_t>(order->size())) ? source : Value();
}

/// The one operand of a Concat that is not empty.
static Value soleOperand(ConcatOp op, SymbolicDims &dims) {
  Value sole;
  for (Value operand : op->getOperands()) {
    auto shape = dims.shape(operand);
    int64_t axis = shape ? frontAxis(intAttribute(op, "axis", 0), shape->size()) : -1;
    if (axis >= 0 && (*shape)[axis].isZero())
      continue;
    if (sole)
      return {};
    sole = operand;
  }
  return sole;
}

static Value source(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  auto slot = [&](unsigned i) { return i < slots.size() ? slots[i] : Value(); };
  if (isa<IdentityOp>(op))
    return slot(0);
  if (isa<CastOp, CastLikeOp>(op))
    return getElementTypeOrSelf(slot(0).getType()) ==
                   getElementTypeOrSelf(op->getResult(0).getType())
               ? slot(0)
               : Value();
  if (isReshape(op))
    return unreshaped(op, dims);
  if (auto expand = dyn_cast<ExpandOp>(op))
    return asksForNothing(expand, dims) ? slot(0) : Value();
  if (isa<TileOp>(op))
    return isAll(slot(1), 1) ? slot(0) : Value();
  if (isa<SliceOp>(op))
    return !slot(4) || isAll(slot(4), 1) ? slot(0) : Value();
  if (isa<PadOp>(op))
    return isAll(slot(1), 0) ? slot(0) : Value();
  if (auto concat = dyn_cast<ConcatOp>(op))
    return soleOperand(concat, dims);
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return untransposed(transpose);
  if (isa<DropoutOp>(op))
    return !slot(2) || isAll(slot(2), 0) ? slot(0) : Value();
  if (isa<WhereOp>(op))
    return isAll(slot(0), 1) || slot(1) == slot(2) ? slot(1)
           : isAll(slot(0), 0)                     ? slot(2)
                                                   : Value();
  return neutral(op);
}

Replacement retort::removeIdentity(RewriterBase &, Operation *op, SymbolicDims &dims) {
  if (op->getNumResults() == 0 || op->getNumOperands() == 0 || !schemaOf(op->getName()))
    return std::nullopt;
  Value value = source(op, dims);
  if (!value || value == op->getResult(0))
    return std::nullopt;
  // An Identity keeps even what has no type. The mask of a Dropout may have no users.
  bool fits = isa<IdentityOp>(op) || dims.sameShape(value, op->getResult(0));
  if (!fits || value.getType() != op->getResult(0).getType() ||
      llvm::any_of(op->getResults().drop_front(), [](Value other) { return !other.use_empty(); }))
    return std::nullopt;
  return SmallVector<Value>(op->getNumResults(), value);
}

bool retort::simplifyReshape(RewriterBase &rewriter, Operation *op, SymbolicDims &dims) {
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!reshape || ConstantView::of(op->getOperand(1)) || intAttribute(op, "allowzero", 0))
    return false;
  auto input = dims.shape(op->getOperand(0)), output = dims.shape(op->getResult(0));
  if (!input || !output)
    return false;
  SmallVector<int64_t> target;
  bool rest = false;
  for (auto [axis, size] : llvm::enumerate(*output)) {
    std::optional<int64_t> constant = size.constant();
    if (constant && *constant > 0) {
      target.push_back(*constant);
    } else if (axis < input->size() && size == (*input)[axis]) {
      target.push_back(0);
    } else if (!rest && !constant) {
      rest = true;
      target.push_back(-1);
    } else {
      return false;
    }
  }
  ElementsAttr value = Tensor::ints(op->getContext(), target).attribute("shape");
  OperationState state(op->getLoc(), ConstantOp::getOperationName());
  state.addTypes(value.getType());
  state.addAttribute("value", value);
  rewriter.setInsertionPoint(op);
  Value shape = rewriter.create(state)->getResult(0);
  rewriter.modifyOpInPlace(op, [&] { op->setOperand(1, shape); });
  return true;
}
