// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows a constant to what reads it as a weight.
#include "lib/Analysis/WeightUses.h"
#include "lib/Analysis/Flow.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// Takes some elements of its first operand by where they stand, not by number.
static bool isSelecting(Operation *op) {
  return onnx::movementOf(op) == onnx::MovementKind::Select && !isa<onnx::Lookup>(op);
}

/// Rearranges or converts its first operand, element by element.
static bool isRearranging(Operation *op) {
  return onnx::isReshape(op) || onnx::movementOf(op) == onnx::MovementKind::Permute ||
         onnx::isConversion(op) || isSelecting(op);
}

/// The value around that an operand of an If's branch becomes; null for other operations.
static Value yielded(OpOperand &use) {
  Operation *around = use.getOwner()->getParentOp();
  return isa<onnx::YieldOp>(use.getOwner()) && isa<onnx::IfOp>(around)
             ? around->getResult(use.getOperandNumber())
             : Value();
}

/// The axis of `to` that holds the same elements as axis `axis` of `from`, one being a reshape of
/// the other; -1 if none.
static int64_t sameAxis(RankedTensorType from, int64_t axis, RankedTensorType to) {
  if (!from.hasStaticShape() || !to.hasStaticShape())
    return -1;
  auto behind = [](ArrayRef<int64_t> shape, int64_t axis) {
    int64_t elements = 1;
    for (int64_t size : shape.drop_front(axis + 1))
      elements *= size;
    return elements;
  };
  for (int64_t other = 0; other < to.getRank(); ++other)
    if (to.getDimSize(other) == from.getDimSize(axis) &&
        behind(to.getShape(), other) == behind(from.getShape(), axis))
      return other;
  return -1;
}

/// Axis `axis` of a result of `op`, as an axis of its first operand.
static int64_t axisBefore(Operation *op, Value result, int64_t axis) {
  RankedTensorType from = typeOf(op->getOperand(0)), to = typeOf(result);
  if (axis < 0 || !from || onnx::elementKindOf(op) || isSelecting(op))
    return axis;
  if (isa<onnx::TransposeOp>(op)) {
    auto perm = onnx::intsAttribute(op, "perm");
    if (!perm)
      return from.getRank() - 1 - axis;
    return axis < int64_t(perm->size()) ? (*perm)[axis] : -1;
  }
  return to && axis < to.getRank() ? sameAxis(to, axis, from) : -1;
}

/// The axis of a matrix along which a product sums, the matrix being its operand `use`.
static int64_t summedAxis(OpOperand &use, StringRef swap) {
  int64_t rank = typeOf(use.get()) ? typeOf(use.get()).getRank() : 0;
  if (rank < 2)
    return rank - 1;
  bool isFirst = use.getOperandNumber() == 0;
  bool isSwapped = !swap.empty() && onnx::intAttribute(use.getOwner(), swap, 0) != 0;
  return isFirst != isSwapped ? rank - 1 : rank - 2;
}

namespace {
/// Along which a product sums: an axis of a factor, and the one of the other factor; -1 where it is
/// not known.
struct SummedAxes {
  int64_t own, other;
};
} // namespace

/// Of a product of two matrices, its first two operands, of which attributes may swap the axes.
static SummedAxes summedAxes(OpOperand &use, StringRef swapFirst, StringRef swapSecond) {
  bool isFirst = use.getOperandNumber() == 0;
  OpOperand &other = use.getOwner()->getOpOperand(isFirst ? 1 : 0);
  return {summedAxis(use, isFirst ? swapFirst : swapSecond),
          summedAxis(other, isFirst ? swapSecond : swapFirst)};
}

/// The last axis of the operand that the other one has too, and the result has not.
static std::optional<SummedAxes> summedAxes(onnx::EinsumOp op, OpOperand &use) {
  if (op->getNumOperands() != 2)
    return std::nullopt;
  SmallVector<int64_t> ranks;
  for (Value operand : op->getOperands()) {
    if (!typeOf(operand))
      return std::nullopt;
    ranks.push_back(typeOf(operand).getRank());
  }
  auto equation = onnx::EinsumEquation::parse(op.getEquation(), ranks);
  if (!equation)
    return std::nullopt;
  StringRef own = equation->operands[use.getOperandNumber()],
            other = equation->operands[1 - use.getOperandNumber()];
  for (int64_t axis = own.size(); axis-- > 0;)
    if (other.contains(own[axis]) && !StringRef(equation->output).contains(own[axis]))
      return SummedAxes{axis, int64_t(other.find(own[axis]))};
  return std::nullopt;
}

/// A convolution that looks at one place at a time is a product along the channels.
static bool isPointwise(onnx::ConvOp op) {
  RankedTensorType kernel = typeOf(op.getW());
  return kernel && kernel.getRank() > 2 &&
         llvm::all_of(kernel.getShape().drop_front(2), [](int64_t size) { return size == 1; });
}

/// Where the operand is a factor of a product: the axes along which that sums.
static std::optional<SummedAxes> productAxes(OpOperand &use) {
  Operation *op = use.getOwner();
  unsigned index = use.getOperandNumber();
  if (isa<onnx::MatMulOp>(op))
    return summedAxes(use, "", "");
  if (isa<onnx::GemmOp, onnx::MicrosoftFusedMatMulOp, onnx::MicrosoftFusedGemmOp>(op))
    return index < 2 ? std::optional(summedAxes(use, "transA", "transB")) : std::nullopt;
  if (auto attention = dyn_cast<onnx::MicrosoftAttentionOp>(op))
    return use.get() == attention.getWeights() ? std::optional(summedAxes(use, "", ""))
                                               : std::nullopt;
  if (auto einsum = dyn_cast<onnx::EinsumOp>(op))
    return summedAxes(einsum, use);
  if (auto convolution = dyn_cast<onnx::ConvOp>(op))
    return index == 1 && isPointwise(convolution) ? std::optional(SummedAxes{1, 1}) : std::nullopt;
  return std::nullopt;
}

/// Whether the operand is a table of which rows are looked up.
static bool isLookup(OpOperand &use) {
  auto lookup = dyn_cast<onnx::Lookup>(use.getOwner());
  int slot = slotOf(use);
  for (unsigned other = 0; lookup && other < use.getOwner()->getNumOperands(); ++other)
    if (lookup.tableSlot(other) == slot)
      return true;
  return false;
}

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->getNumOperands() == 0 && op->getNumResults() == 1;
}

/// Whether `value` becomes a result of the model by steps that keep its rows apart: conversions,
/// and arithmetic with constants (bias, temperature, soft capping). A residual stream ends in norms
/// and products, a cache in Transpose.
static bool becomesResult(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<func::ReturnOp>(user))
      return true;
    if (Value around = yielded(use))
      return becomesResult(around);
    bool conversion = use.getOperandNumber() == 0 &&
                      (onnx::isReshape(user) || onnx::isConversion(user) || isSelecting(user));
    bool isCounting =
        onnx::elementKindOf(user) == onnx::ElementKind::Arithmetic || isa<onnx::TanhOp>(user);
    bool arithmetic = isCounting && llvm::all_of(user->getOperands(), [&](Value operand) {
                        return operand == use.get() || isConstant(operand);
                      });
    return (conversion || arithmetic) && becomesResult(user->getResult(0));
  });
}

Value WeightUse::activation() const {
  if (kind == Kind::Lookup || op()->getNumOperands() < 2)
    return op()->getNumOperands() > 1 ? op()->getOperand(1) : Value();
  return op()->getOperand(operand->getOperandNumber() == 0 ? 1 : 0);
}

SmallVector<WeightUse> retort::usesOfWeight(Value constant) {
  SmallVector<WeightUse> found;
  for (OpOperand &use : constant.getUses()) {
    Operation *user = use.getOwner();
    if (isLookup(use))
      found.push_back({WeightUse::Kind::Lookup, &use,
                       typeOf(constant) ? typeOf(constant).getRank() - 1 : -1, false});
    if (auto axes = productAxes(use))
      found.push_back({WeightUse::Kind::Product, &use, axes->own, becomesResult(user->getResult(0)),
                       axes->other});
    if (Value around = yielded(use))
      found.append(usesOfWeight(around));
    if (!isRearranging(user) || use.getOperandNumber() != 0)
      continue;
    for (Value result : user->getResults())
      for (WeightUse behind : usesOfWeight(result)) {
        behind.inputAxis = axisBefore(user, result, behind.inputAxis);
        found.push_back(behind);
      }
  }
  return found;
}

Operation *retort::normBefore(Value activation) {
  for (Operation *op = activation.getDefiningOp(); op; op = op->getOperand(0).getDefiningOp()) {
    if (isa<llm::RmsNormOp>(op) || op->hasTrait<onnx::Normalizes>())
      return op;
    if (!isRearranging(op))
      return nullptr;
  }
  return nullptr;
}

WeightRoles retort::rolesOf(Value constant) {
  WeightRoles roles;
  for (const WeightUse &use : usesOfWeight(constant)) {
    bool isProduct = use.kind == WeightUse::Kind::Product;
    if (isProduct ? !roles.linear : !roles.linear && !roles.embedding)
      roles.inputAxis = use.inputAxis;
    roles.linear |= isProduct;
    roles.embedding |= !isProduct;
    roles.output |= use.makesOutput;
  }
  return roles;
}

bool retort::transposesMatrix(Operation *op) {
  auto transpose = dyn_cast<onnx::TransposeOp>(op);
  auto perm = transpose ? transpose.getPerm() : std::nullopt;
  return transpose && (!perm || *perm == ArrayRef<int64_t>{1, 0});
}
