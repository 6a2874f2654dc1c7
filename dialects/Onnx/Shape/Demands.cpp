// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What may be demanded of an operation, and those that make tensors or reduce them.
#include "dialects/Onnx/Shape/Demands.h"

#include "dialects/Onnx/Ops.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort::onnx;

/// No model has tensors of more axes, whatever a file states.
static constexpr int64_t mostAxes = 4096;

int64_t Demand::rank(size_t i) const {
  MaybeShape known = shape(i);
  return known ? int64_t(known->size()) : -1;
}

std::optional<int64_t> Demand::size(size_t i, int64_t axis) const {
  MaybeShape known = shape(i);
  return known && axis < int64_t(known->size()) ? (*known)[axis].constant() : std::nullopt;
}

LogicalResult Demand::hasRank(size_t i, StringRef what, int64_t least, int64_t most) const {
  int64_t found = rank(i);
  if (found < 0 || (found >= least && found <= most))
    return success();
  InFlightDiagnostic error = op->emitOpError() << "expects " << what << " of rank " << least;
  if (most == anyRank)
    error << " or more";
  else if (most > least)
    error << " to " << most;
  return error << ", found rank " << found;
}

LogicalResult Demand::isList(size_t i, StringRef what) const {
  if (failed(hasRank(i, what, 1, 1)))
    return failure();
  if (auto length = size(i, 0); length && *length > mostAxes)
    return op->emitOpError() << "expects " << what << " of at most " << mostAxes
                             << " numbers, found " << *length;
  return success();
}

LogicalResult Demand::isOne(size_t i, StringRef what) const {
  MaybeShape known = shape(i);
  for (const Polynomial &size : known ? *known : SymbolicShape())
    if (size.constant() && *size.constant() != 1)
      return op->emitOpError() << "expects one " << what << ", found shape "
                               << textOf(dims, *known);
  return success();
}

LogicalResult Demand::agree(size_t i, int64_t axis, size_t j, int64_t other) const {
  auto found = size(i, axis), expected = size(j, other);
  if (!found || !expected || *found == *expected)
    return success();
  return op->emitOpError() << "expects size " << *expected << " at axis " << axis << " of "
                           << textOf(dims, *shape(i)) << ", like axis " << other << " of "
                           << textOf(dims, *shape(j)) << ", found " << *found;
}

LogicalResult Demand::areDistinct(ArrayRef<int64_t> axes, int64_t rank) const {
  SmallVector<bool> seen(rank, false);
  for (int64_t given : axes) {
    FailureOr<int64_t> axis = axisOf(op, given, rank);
    if (failed(axis))
      return failure();
    if (seen[*axis])
      return op->emitOpError() << "expects different axes, found " << *axis << " twice";
    seen[*axis] = true;
  }
  return success();
}

LogicalResult Demand::areAtLeast(size_t i, int64_t least, StringRef what) const {
  auto known = slot(i) ? dims.contents(slot(i)) : std::nullopt;
  for (const Polynomial &element : known ? known->elements : std::vector<Polynomial>())
    if (auto number = element.constant(); number && *number < least)
      return op->emitOpError() << "expects " << what << " of at least " << least << ", found "
                               << *number;
  return success();
}

LogicalResult Demand::isOneOf(StringRef attribute, StringRef otherwise,
                              ArrayRef<StringRef> choices) const {
  StringRef given = stringAttribute(op, attribute, otherwise);
  if (llvm::is_contained(choices, given))
    return success();
  return op->emitOpError() << "expects '" << attribute << "' to be one of '"
                           << llvm::join(choices, "', '") << "', found '" << given << "'";
}

static LogicalResult ofConstantOfShape(const Demand &d) {
  auto value = d.op->getAttrOfType<ElementsAttr>("value");
  if (value && value.getShapedType().hasStaticShape() && value.getNumElements() != 1)
    return d.op->emitOpError() << "expects one value, found " << value.getNumElements();
  return success(succeeded(d.isList(0, "a shape")) && succeeded(d.areAtLeast(0, 0, "sizes")));
}

static LogicalResult ofRange(const Demand &d) {
  for (auto [i, what] : llvm::enumerate(ArrayRef<StringRef>{"start", "limit", "delta"}))
    if (failed(d.isOne(i, what)))
      return failure();
  auto step = d.constants(2);
  if (step && step->size() == 1 && step->front() == 0)
    return d.op->emitOpError("expects a step other than 0");
  return success();
}

static LogicalResult ofOneHot(const Demand &d) {
  if (failed(d.isOne(1, "depth")) || failed(d.hasRank(2, "values", 1, 1)) ||
      failed(d.areAtLeast(1, 0, "a depth")))
    return failure();
  if (auto count = d.size(2, 0); count && *count != 2)
    return d.op->emitOpError() << "expects two values, found " << *count;
  return success();
}

static LogicalResult ofTopK(const Demand &d) {
  if (failed(d.isOne(1, "number 'k'")) || failed(d.areAtLeast(1, 0, "a number 'k'")))
    return failure();
  auto k = d.constants(1);
  int64_t rank = d.rank(0),
          axis = frontAxis(intAttribute(d.op, "axis", -1), std::max(rank, int64_t(0)));
  auto size = rank > 0 && axis >= 0 ? d.size(0, axis) : std::nullopt;
  if (k && k->size() == 1 && size && k->front() > *size)
    return d.op->emitOpError() << "expects 'k' of at most " << *size << ", found " << k->front();
  return success();
}

static LogicalResult ofReduction(const Demand &d) {
  if (failed(d.hasRank(1, "axes", 0, 1)))
    return failure();
  int64_t rank = d.rank(0);
  if (auto count = d.rank(1) == 1 ? d.size(1, 0) : std::nullopt;
      count && rank >= 0 && *count > rank)
    return d.op->emitOpError() << "expects at most " << rank << " axes, found " << *count;
  return success();
}

static LogicalResult ofArgReduction(const Demand &d) {
  int64_t rank = d.rank(0),
          axis = frontAxis(intAttribute(d.op, "axis", 0), std::max(rank, int64_t(0)));
  if (rank > 0 && axis >= 0 && d.size(0, axis) == 0)
    return d.op->emitOpError() << "expects elements along axis " << axis << ", found none";
  return success();
}

static LogicalResult ofCumulation(const Demand &d) {
  if (failed(d.isOne(1, "axis")))
    return failure();
  auto axis = d.constants(1);
  if (d.rank(0) >= 0 && axis && axis->size() == 1 && failed(axisOf(d.op, axis->front(), d.rank(0))))
    return failure();
  return success();
}

LogicalResult retort::onnx::demandsOfCreation(const Demand &d) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(d.op)
      .Case<ConstantOfShapeOp>([&](auto) { return ofConstantOfShape(d); })
      .Case<RangeOp>([&](auto) { return ofRange(d); })
      .Case<OneHotOp>([&](auto) { return ofOneHot(d); })
      .Case<EyeLikeOp>([&](auto) { return d.hasRank(0, "an operand", 2, 2); })
      .Case<TopKOp>([&](auto) { return ofTopK(d); })
      .Case<ReduceL1Op, ReduceL2Op, ReduceLogSumOp, ReduceLogSumExpOp, ReduceMaxOp, ReduceMeanOp,
            ReduceMinOp, ReduceProdOp, ReduceSumOp, ReduceSumSquareOp>(
          [&](auto) { return ofReduction(d); })
      .Case<ArgMaxOp, ArgMinOp>([&](auto) { return ofArgReduction(d); })
      .Case<CumSumOp, CumProdOp>([&](auto) { return ofCumulation(d); })
      .Default([](auto) { return success(); });
}

LogicalResult retort::onnx::checkDemands(Operation *op, SymbolicDims &dims) {
  if (op->getNumOperands() == 0 || op->getNumRegions() > 0 || !schemaOf(op->getName()))
    return success();
  // A branch that is never taken may hold for other sizes alone: what is taken, the run checks.
  if (op->getParentOfType<IfOp>())
    return success();
  Demand demand(op, dims);
  return success(succeeded(demandsOfMovement(demand)) && succeeded(demandsOfIndices(demand)) &&
                 succeeded(demandsOfCreation(demand)));
}
