// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where units lie behind, and before, operations that rearrange values or keep the channels apart.
#include "lib/Compress/PruneStructured/ReshapeTarget.h"
#include "lib/Compress/PruneStructured/SlicedParts.h"
#include "lib/Compress/PruneStructured/UnitSearch.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }
static std::string nameOf(Operation *op) { return "'" + op->getName().getStringRef().str() + "'"; }

/// Batch and heads as one axis, and back to what they were: the axis between is the rest.
bool UnitSearch::visitThereAndBack(Operation *op, Value known, const UnitAxis &units) {
  bool isForward = known == op->getOperand(0);
  Value between = isForward ? op->getResult(0) : op->getOperand(0);
  Operation *next =
      isForward && between.hasOneUse() ? *between.getUsers().begin() : between.getDefiningOp();
  if (!isa<onnx::ReshapeOp>(op) || !isa_and_present<onnx::ReshapeOp>(next) || next == op ||
      !between.hasOneUse() || !typeOf(between))
    return false;
  Value other = isForward ? next->getResult(0) : next->getOperand(0);
  Operation *first = isForward ? op : next, *second = isForward ? next : op;
  int64_t behind = typeOf(known).getRank() - units.axis, axis = typeOf(between).getRank() - behind;
  if (!typeOf(other) || typeOf(other).getShape() != typeOf(known).getShape() || axis < 0 ||
      !typeOf(between).isDynamicDim(axis) || !isRest(first, axis) ||
      !canResize(second, units.axis) || !sizes().sameShape(known, other))
    return false;
  seen.insert(next);
  group.resized.insert(second);
  join(other, units);
  return true;
}

/// Where the units lie behind a change of shape, or before it.
std::optional<UnitAxis> UnitSearch::reshaped(Value known, const UnitAxis &units, Value other) {
  ArrayRef<int64_t> from = typeOf(known).getShape(), to = typeOf(other).getShape();
  if (auto there = reshapeUnits(from, units, to))
    return there;
  int64_t front = 0, behind = 0, most = std::min(from.size(), to.size());
  while (front < std::min(most, units.axis) && sizes().sameDim(known, front, other, front))
    ++front;
  int64_t left = std::min(most - front, int64_t(from.size()) - 1 - units.axis);
  while (behind < left &&
         sizes().sameDim(known, from.size() - 1 - behind, other, to.size() - 1 - behind))
    ++behind;
  return reshapeUnitsBetween(from, units, to, front, behind);
}

void UnitSearch::visitReshape(Operation *op, Value known, const UnitAxis &units) {
  Value other = known == op->getResult(0) ? op->getOperand(0) : op->getResult(0);
  std::optional<UnitAxis> there = typeOf(other) ? reshaped(known, units, other) : std::nullopt;
  if (!there && typeOf(other) && visitThereAndBack(op, known, units))
    return;
  if (!there)
    return refuse("its channels pass " + nameOf(op) + ", which mixes them with another axis");
  int64_t axis = other == op->getResult(0) ? there->axis : units.axis;
  if (isa<onnx::ReshapeOp>(op)) {
    if (!canResize(op, axis))
      return refuse("its channels pass " + nameOf(op) + ", whose sizes are computed");
    group.resized.insert(op);
  }
  join(other, *there);
}

/// Along other axes.
void UnitSearch::visitExpand(Operation *op, Value known, const UnitAxis &units) {
  RankedTensorType from = typeOf(op->getOperand(0)), to = typeOf(op->getResult(0));
  if (!from || !to || known == op->getOperand(1))
    return refuse("its channels pass " + nameOf(op) + " of unknown rank");
  int64_t more = to.getRank() - from.getRank(),
          axis = known == op->getResult(0) ? units.axis : units.axis + more;
  if (more < 0 || axis < more || from.getDimSize(axis - more) != to.getDimSize(axis))
    return refuse("its channels pass " + nameOf(op) + ", which makes them several");
  if (!canResize(op, axis))
    return refuse("its channels pass " + nameOf(op) + ", whose sizes are computed");
  group.resized.insert(op);
  join(op->getOperand(0), {axis - more, units.units});
  join(op->getResult(0), {axis, units.units});
}

void UnitSearch::visitTranspose(Operation *op, Value known, const UnitAxis &units) {
  int64_t rank = typeOf(known).getRank();
  auto order = onnx::intsAttribute(op, "perm");
  SmallVector<int64_t> perm;
  for (int64_t i = 0; i < rank; ++i)
    perm.push_back(order ? (*order)[i] : rank - 1 - i);
  if (known == op->getResult(0))
    return join(op->getOperand(0), {perm[units.axis], units.units});
  join(op->getResult(0), {llvm::find(perm, units.axis) - perm.begin(), units.units});
}

/// Split and Slice: each result is a part of the operand along one axis, or all of it along others.
void UnitSearch::visitParts(Operation *op, Value known, const UnitAxis &units) {
  Value whole = op->getOperand(0);
  for (OpResult part : op->getResults()) {
    auto begin = beginOfPart(part, units.axis);
    if (!begin)
      return refuse("its channels pass " + nameOf(op) + ", whose parts are not known");
    bool isAll = typeOf(part) && typeOf(whole) &&
                 typeOf(part).getDimSize(units.axis) == typeOf(whole).getDimSize(units.axis);
    if (!isAll)
      group.resized.insert(op);
    if (known == whole) {
      auto from = units.units.begin() + *begin;
      join(part, {units.axis, {from, from + typeOf(part).getDimSize(units.axis)}});
    } else if (known == part) {
      int64_t size = typeOf(whole) ? typeOf(whole).getDimSize(units.axis) : 0;
      if (size < int64_t(units.units.size()))
        return refuse("its channels pass " + nameOf(op) + ", whose parts are not known");
      std::vector<int32_t> all(size, -1);
      llvm::copy(units.units, all.begin() + *begin);
      join(whole, {units.axis, std::move(all)});
    }
  }
}

void UnitSearch::visitConcat(Operation *op, Value known, const UnitAxis &units) {
  RankedTensorType type = typeOf(op->getResult(0));
  if (!type)
    return refuse("its channels pass " + nameOf(op) + " of unknown rank");
  int64_t axis = onnx::frontAxis(onnx::intAttribute(op, "axis", 0), type.getRank());
  if (axis != units.axis) {
    join(op->getResult(0), units);
    for (Value operand : op->getOperands())
      join(operand, units);
    return;
  }
  std::vector<int32_t> all(std::max<int64_t>(type.getDimSize(axis), 0), -1);
  int64_t begin = 0;
  for (Value operand : op->getOperands()) {
    int64_t size = typeOf(operand) ? typeOf(operand).getDimSize(axis) : -1;
    if (size < 0 || begin + size > int64_t(all.size()))
      return refuse("its channels pass " + nameOf(op) + ", whose parts are not known");
    if (known == op->getResult(0))
      join(operand, {axis, {units.units.begin() + begin, units.units.begin() + begin + size}});
    else if (known == operand)
      llvm::copy(units.units, all.begin() + begin);
    begin += size;
  }
  if (known != op->getResult(0))
    join(op->getResult(0), {axis, std::move(all)});
}

/// Of another axis.
void UnitSearch::visitGather(Operation *op, Value known, const UnitAxis &units) {
  RankedTensorType data = typeOf(op->getOperand(0)), indices = typeOf(op->getOperand(1));
  if (!data || !indices || known == op->getOperand(1))
    return refuse("its channels pass " + nameOf(op));
  int64_t axis = onnx::frontAxis(onnx::intAttribute(op, "axis", 0), data.getRank()),
          more = indices.getRank() - 1;
  bool isData = known == op->getOperand(0);
  int64_t own = units.axis;
  if (isData ? own == axis : own >= axis && own <= axis + more)
    return refuse("its channels pass " + nameOf(op) + ", which takes some of them");
  if (isData)
    return join(op->getResult(0), {own < axis ? own : own + more, units.units});
  join(op->getOperand(0), {own < axis ? own : own - more, units.units});
}

bool UnitSearch::visitMovement(Operation *op, Value known, const UnitAxis &units) {
  if (onnx::isReshape(op) && (known == op->getResult(0) || known == op->getOperand(0)))
    visitReshape(op, known, units);
  else if (isa<onnx::ExpandOp>(op))
    visitExpand(op, known, units);
  else if (isa<onnx::TransposeOp>(op))
    visitTranspose(op, known, units);
  else if (isa<onnx::SplitOp, onnx::SliceOp>(op))
    visitParts(op, known, units);
  else if (isa<onnx::ConcatOp>(op))
    visitConcat(op, known, units);
  else if (isa<onnx::GatherOp>(op))
    visitGather(op, known, units);
  else
    return false;
  return true;
}

/// What a cold operand of attention holds for each head is taken from it.
void UnitSearch::pick(OpOperand &operand, int64_t fromLast, ArrayRef<int32_t> units) {
  RankedTensorType type = typeOf(operand.get());
  if (!type)
    return refuse("a mask of its attention has no known rank");
  int64_t axis = type.getRank() - 1 - fromLast;
  if (axis < 0 || type.getDimSize(axis) == 1)
    return;
  if (type.getDimSize(axis) != int64_t(units.size()))
    return refuse("a mask of its attention is of an unknown number of heads");
  group.picked[&operand] = {axis, units.vec()};
}

void UnitSearch::visitAttention(llm::AttentionOp op, Value known, const UnitAxis &units) {
  if (!passesHeads || units.axis != 1)
    return refuse("its channels pass 'llm.attention', and are no whole heads");
  auto heads = typeOf(op.getQuery()).getDimSize(1), groups = typeOf(op.getKey()).getDimSize(1);
  if (heads <= 0 || groups <= 0 || heads % groups != 0)
    return refuse("its attention has an unknown number of heads");
  int64_t each = heads / groups;
  auto joinQueries = [&](const std::vector<int32_t> &list) {
    join(op.getQuery(), {1, list});
    join(op.getResult(), {1, list});
    for (Value term : {op.getMask(), op.getBias()})
      for (OpOperand &operand : op->getOpOperands())
        if (term && operand.get() == term)
          pick(operand, 2, list);
    for (OpOperand &operand : op->getOpOperands())
      if (op.getSinks() && operand.get() == op.getSinks())
        pick(operand, 0, list);
  };
  auto joinKeys = [&](const std::vector<int32_t> &list) {
    for (Value value : {op.getKey(), op.getValue(), op.getPastKey(), op.getPastValue(),
                        op.getPresentKey(), op.getPresentValue()})
      if (value)
        join(value, {1, list});
  };
  bool isQuery = known == op.getQuery() || known == op.getResult();
  isQuery ? joinQueries(units.units) : joinKeys(units.units);
  if (!linksGroups)
    return;
  std::vector<int32_t> others(isQuery ? groups : heads);
  for (size_t i = 0; i < others.size(); ++i)
    others[i] = units.units[isQuery ? int64_t(i) * each : int64_t(i) / each];
  isQuery ? joinKeys(others) : joinQueries(others);
}

/// Operations on rows that keep other axes apart.
bool UnitSearch::visitRows(Operation *op, Value known, const UnitAxis &units) {
  int64_t rank = typeOf(known).getRank();
  if (auto attention = dyn_cast<llm::AttentionOp>(op)) {
    visitAttention(attention, known, units);
    return true;
  }
  bool isFirst = known == op->getResult(0) || known == op->getOperand(0);
  if (isa<llm::RopeOp, llm::RmsNormOp>(op) || op->hasTrait<onnx::Normalizes>()) {
    int64_t from = onnx::frontAxis(onnx::intAttribute(op, "axis", -1), rank);
    if (!isFirst || units.axis >= from)
      refuse("its channels pass " + nameOf(op) + ", which computes each of all of them");
    else
      for (Value value : {op->getOperand(0), Value(op->getResult(0))})
        join(value, units);
    return true;
  }
  if (auto scatter = dyn_cast<onnx::TensorScatterOp>(op)) {
    int64_t rows = onnx::frontAxis(onnx::intAttribute(op, "axis", -2), rank);
    if (units.axis == rows || units.axis == 0)
      refuse("its channels pass " + nameOf(op) + ", which places them");
    else
      for (Value value : {op->getOperand(0), op->getOperand(1), Value(op->getResult(0))})
        join(value, units);
    return true;
  }
  if (isa<onnx::PadOp>(op) && isFirst) {
    for (Value value : {op->getOperand(0), Value(op->getResult(0))})
      join(value, units);
    return true;
  }
  return false;
}
