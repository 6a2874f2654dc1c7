// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk over values, and what ends it: products, arguments, results. MoveUnits.cpp has the
// operations that only rearrange.
#include "lib/Compress/PruneStructured/UnitSearch.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Analysis/Roles.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }
static std::string nameOf(Operation *op) { return "'" + op->getName().getStringRef().str() + "'"; }

static bool isConstant(Value value) {
  return isa_and_present<onnx::InitializerOp, onnx::ConstantOp>(value.getDefiningOp());
}

static bool isState(Value value) {
  auto argument = cast<BlockArgument>(value);
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  return function && roleOfArgument(function, argument.getArgNumber()).starts_with("past:");
}

onnx::SymbolicDims &UnitSearch::sizes() {
  if (!dims)
    dims = std::make_unique<onnx::SymbolicDims>(function);
  return *dims;
}

void UnitSearch::join(Value value, const UnitAxis &units) {
  // Parts of which nothing goes have no units.
  if (llvm::all_of(units.units, [](int32_t unit) { return unit < 0; }))
    return;
  RankedTensorType type = typeOf(value);
  auto size = int64_t(units.units.size());
  // A state whose sizes are the caller's may have any.
  if (isa<BlockArgument>(value) && type && units.axis < type.getRank() &&
      type.isDynamicDim(units.axis)) {
    if (!isState(value))
      refuse("its inputs are those of the model");
    return;
  }
  if (!type || units.axis < 0 || units.axis >= type.getRank() ||
      type.getDimSize(units.axis) != size)
    return refuse("a value between its products is not known to have " + llvm::Twine(size) +
                  " channels");
  auto &list = isConstant(value) ? group.constants : group.values;
  auto [place, isNew] = list.insert({value, units});
  if (!isNew && place->second.axis != units.axis)
    return refuse("its channels lie along two axes of one value");
  Merge merge = isNew ? Merge::Changed : mergeUnits(place->second.units, units.units);
  if (merge == Merge::Conflict)
    return refuse("channels of several products share a value");
  if (merge == Merge::Changed && !isConstant(value))
    pending.insert(value);
}

/// The same of what broadcasts against it: a single element serves all channels.
void UnitSearch::joinAligned(Value value, int64_t fromLast, ArrayRef<int32_t> units) {
  RankedTensorType type = typeOf(value);
  if (!type)
    return refuse("a value between its products has no known rank");
  int64_t axis = type.getRank() - 1 - fromLast;
  if (axis >= 0 && type.getDimSize(axis) != 1)
    join(value, {axis, units.vec()});
}

void UnitSearch::expectProduct(OpOperand &use, Value weight, int64_t weightAxis) {
  expected = &use;
  group.product = use.getOwner();
  group.consumer = weight;
  group.consumed.axis = weightAxis;
}

bool UnitSearch::visitElements(Operation *op, int64_t fromLast, ArrayRef<int32_t> units) {
  if (!onnx::elementKindOf(op) || op->getNumRegions() != 0)
    return false;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType, UnrankedTensorType>(operand.getType()))
      joinAligned(operand, fromLast, units);
  for (Value result : op->getResults())
    if (!result.use_empty() || op->getNumResults() == 1)
      joinAligned(result, fromLast, units);
  return true;
}

static bool isGemm(Operation *op) { return isa<onnx::GemmOp, onnx::MicrosoftFusedGemmOp>(op); }

static bool isProduct(Operation *op) {
  return isGemm(op) || isa<onnx::MatMulOp, onnx::MicrosoftFusedMatMulOp>(op);
}

/// A product with a constant whose outputs are the channels.
bool UnitSearch::visitProducer(Operation *op, Value result, const UnitAxis &units) {
  if (!isProduct(op))
    return false;
  Value weight = op->getOperand(1);
  if (units.axis != typeOf(result).getRank() - 1 || !typeOf(weight) ||
      typeOf(weight).getRank() != 2) {
    refuse("its channels are not the outputs of the product that computes them");
    return true;
  }
  if (!isConstant(weight)) {
    refuse("the weight that computes its channels is no plain constant");
    return true;
  }
  seen.insert(op);
  group.producers.insert(weight);
  join(weight, {onnx::intAttribute(op, "transB", 0) ? 0 : 1, units.units});
  if (isGemm(op) && op->getNumOperands() > 2 && isa<RankedTensorType>(op->getOperand(2).getType()))
    joinAligned(op->getOperand(2), 0, units.units);
  return true;
}

/// The product that sums over the channels.
bool UnitSearch::visitConsumer(OpOperand &use, const UnitAxis &units) {
  Operation *op = use.getOwner();
  if (!isProduct(op) || (expected && &use != expected))
    return false;
  if (!expected) {
    Value weight = op->getOperand(1);
    bool sums = use.getOperandNumber() == 0 && !onnx::intAttribute(op, "transA", 0) &&
                units.axis == typeOf(use.get()).getRank() - 1;
    if (!sums || (group.product && group.product != op))
      return false;
    if (!isConstant(weight) || !typeOf(weight) || typeOf(weight).getRank() != 2) {
      refuse("the weight that reads its channels is no plain constant");
      return true;
    }
    expectProduct(use, weight, onnx::intAttribute(op, "transB", 0) ? 1 : 0);
  }
  if (typeOf(group.consumer).getDimSize(group.consumed.axis) != int64_t(units.units.size()))
    refuse("its product sums over another number of channels");
  else if (group.consumed.units.empty())
    group.consumed.units = units.units;
  else if (mergeUnits(group.consumed.units, units.units) == Merge::Conflict)
    refuse("channels of several products share a value");
  return true;
}

/// A state of the model, which becomes smaller.
void UnitSearch::visitReturn(OpOperand &use) {
  auto function = use.getOwner()->getParentOfType<func::FuncOp>();
  if (!function || use.getOwner()->getBlock() != &function.front() ||
      !roleOfResult(function, use.getOperandNumber()).starts_with("present:"))
    refuse("its inputs are read by another " + nameOf(use.getOwner()));
}

void UnitSearch::visitOrigin(Value value, const UnitAxis &units) {
  Operation *op = value.getDefiningOp();
  if (!op) {
    if (!isState(value))
      refuse("its inputs are those of the model");
    return;
  }
  if (visitShared(op, value, units) || visitProducer(op, value, units))
    return;
  refuse("its inputs come from " + nameOf(op) + ", not element by element from products");
}

/// What relates operands and results in both directions.
bool UnitSearch::visitShared(Operation *op, Value known, const UnitAxis &units) {
  int64_t fromLast = typeOf(known).getRank() - 1 - units.axis;
  bool isRelated = visitElements(op, fromLast, units.units) || visitMovement(op, known, units) ||
                   visitRows(op, known, units);
  if (isRelated)
    seen.insert(op);
  return isRelated;
}

/// Whether an operation that asks for sizes asks for others than that of an axis, or hands it to
/// who does.
static bool asksOthers(Operation *op, int64_t axis, int64_t rank) {
  auto shape = dyn_cast<onnx::ShapeOp>(op);
  if (!shape)
    return false;
  int64_t start = onnx::intAttribute(shape, "start", 0), end = INT64_MAX;
  end = std::min(onnx::intAttribute(shape, "end", end), rank);
  start += start < 0 ? rank : 0;
  end += end < 0 ? rank : 0;
  if (axis < start || axis >= end)
    return true;
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    auto numbers = [&](unsigned i) {
      return i < user->getNumOperands() ? integersOf(user->getOperand(i)) : std::nullopt;
    };
    int64_t size = end - start;
    auto inFront = [&](int64_t place) {
      return std::min(place, size) + start + (place < 0 ? size : 0);
    };
    if (isa<onnx::GatherOp>(user))
      return numbers(1) && llvm::all_of(*numbers(1), [&](int64_t i) { return inFront(i) != axis; });
    auto from = numbers(1), to = numbers(2);
    return isa<onnx::SliceOp>(user) && from && to && from->size() == 1 &&
           (axis < inFront(from->front()) || axis >= inFront(to->front()));
  });
}

void UnitSearch::visitUse(OpOperand &use, const UnitAxis &units) {
  Operation *op = use.getOwner();
  if (isa<func::ReturnOp>(op))
    return visitReturn(use);
  if (visitConsumer(use, units) || asksOthers(op, units.axis, typeOf(use.get()).getRank()) ||
      visitShared(op, use.get(), units))
    return;
  refuse("its inputs are read by another " + nameOf(op));
}

/// Matrices that something else reads as well must stay; other constants become several.
void UnitSearch::checkSharing() {
  seen.insert(group.product);
  for (Value matrix : group.producers)
    if (matrix == group.consumer ||
        llvm::any_of(matrix.getUsers(), [&](Operation *op) { return !seen.contains(op); }))
      refuse("a constant that computes its channels is read elsewhere too");
  if (!group.consumer.hasOneUse())
    refuse("is read by several operations");
}

llvm::Expected<ChannelGroup> UnitSearch::run() {
  while (!pending.empty() && reason.empty()) {
    Value value = pending.pop_back_val();
    UnitAxis units = group.values.lookup(value);
    visitOrigin(value, units);
    for (OpOperand &user : value.getUses())
      visitUse(user, units);
  }
  if (reason.empty() && group.consumed.units.empty())
    refuse("no product reads its channels");
  if (reason.empty())
    checkSharing();
  if (reason.empty())
    return std::move(group);
  return llvm::createStringError(llvm::inconvertibleErrorCode(), reason);
}
