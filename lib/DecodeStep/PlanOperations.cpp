// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plans hot operations: each keeps the rows of the text apart, or is an attention.
#include "lib/DecodeStep/Derivation.h"

#include "dialects/Onnx/Onnx.h"
#include "lib/Analysis/RopeDescription.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// Sizes of results are known but for the rows: a constant shape, with -1 (or, in a broadcast, 1)
/// for these.
bool Derivation::planShape(Operation *op) {
  if (!isa<onnx::ReshapeOp, onnx::ExpandOp>(op) || !cold.followsLength(op->getOperand(1)))
    return false;
  SmallVector<int64_t> shape;
  onnx::SymbolicShape sizes = *rows.sizes().shape(op->getResult(0));
  for (const onnx::Polynomial &size : sizes)
    shape.push_back(size.constant().value_or(isa<onnx::ExpandOp>(op) ? 1 : -1));
  edits.push_back(
      {&op->getOpOperand(1), [shape](StepInputs &inputs) { return inputs.integers(shape); }});
  return true;
}

/// A slice that takes everything, by bounds that follow from the length.
bool Derivation::isWholeSlice(Operation *op) {
  auto slice = dyn_cast<onnx::SliceOp>(op);
  if (!slice || !rows.sizes().sameShape(slice.getData(), slice->getResult(0)))
    return false;
  auto steps = rows.sizes().constants(slice.getSteps());
  return !slice.getSteps() ||
         (steps && llvm::all_of(*steps, [](int64_t step) { return step == 1; }));
}

/// Why an operation takes more than the last row of the text; empty where it takes that alone.
std::string Derivation::whyNotLast(Operation *op) {
  auto axis = rows.axisOf(op->getOperand(0));
  if (!axis || !isa<onnx::GatherOp, onnx::SliceOp>(op))
    return "no axis of its result is theirs";
  if (cold.isHot(op->getOperand(1)))
    return "it chooses among them by the tokens";
  for (int64_t length : {1, 3, 8}) {
    Refusal why;
    FailureOr<Tensor> start = cold.at(op->getOperand(1), {0, length}, why);
    if (failed(start))
      return "which of them it chooses cannot be computed: " + why.reason;
    if (start->size() != 1)
      return "it chooses several of them";
    if (start->integer(0) != -1 && start->integer(0) != length - 1)
      return "of " + std::to_string(length) + " it chooses number " +
             std::to_string(start->integer(0)) + ", not the last";
  }
  int64_t rank = cast<RankedTensorType>(op->getOperand(0).getType()).getRank();
  std::optional<int64_t> along;
  if (auto slice = dyn_cast<onnx::SliceOp>(op)) {
    auto axes = rows.sizes().constants(slice.getAxes());
    if (slice.getSteps())
      return "it takes them in another order, or some of them";
    if (axes && axes->size() == 1)
      along = axes->front();
  } else {
    along = cast<onnx::GatherOp>(op).getAxis();
  }
  return along && (*along + rank) % rank == *axis ? "" : "it cuts along other axes than theirs";
}

LogicalResult Derivation::planSelection(Operation *op) {
  if (std::string why = whyNotLast(op); !why.empty())
    return refuseMixing(op, why);
  lastRow.insert(op->result_begin(), op->result_end());
  auto set = [&](unsigned operand, int64_t value) {
    auto type = cast<RankedTensorType>(op->getOperand(operand).getType());
    Tensor number = Tensor::ints(op->getContext(), {value})
                        .reshaped(type.getShape())
                        .cast(type.getElementType());
    edits.push_back({&op->getOpOperand(operand),
                     [number](StepInputs &inputs) { return inputs.constant(number); }});
  };
  set(1, -1);
  if (isa<onnx::SliceOp>(op))
    set(2, std::numeric_limits<int32_t>::max());
  return success();
}

/// Positions look up rows of constant tables.
LogicalResult Derivation::planRope(llm::RopeOp op) {
  if (op->hasAttr(followsLengthAttr) && !op.getPositions()) {
    // Queries alone: nothing is kept of them.
    for (OpOperand *use : {&op.getCosMutable(), &op.getSinMutable()}) {
      if (failed(rowCone.plan(use->get(), op, refusal)))
        return failure();
      edits.push_back({use, [this, use](StepInputs &inputs) {
                         return rowCone.make(use->get(), use->getOwner(), inputs);
                       }});
    }
    return success();
  }
  if (!op.getPositions()) {
    for (OpOperand &use : op->getOpOperands())
      if (failed(planOperand(use)))
        return failure();
    return success();
  }
  if (failed(planConstant(op.getCosMutable())) || failed(planConstant(op.getSinMutable())))
    return failure();
  if (cold.isHot(op.getPositions()))
    return refusal.because(op, "takes positions that depend on the tokens");
  FailureOr<RowSource> source = planRows(op.getPositions(), 1, op);
  if (failed(source))
    return failure();
  int64_t size = cast<RankedTensorType>(op.getCos().getType()).getDimSize(0), most = 0;
  for (int64_t i = 0; i < source->table.size(); ++i)
    most = std::max(most, source->table.integer(i));
  if (!ShapedType::isDynamic(size) && most >= size)
    return refusal.because(op, "has tables of " + Twine(size) + " rows",
                           cold.context() - (most + 1 - size));
  auto positions = op.getPositionsMutable();
  edits.push_back(
      {&positions[0], [source = *source](StepInputs &inputs) { return inputs.rowsOf(source); }});
  return success();
}

/// The mask has to say what the attributes do.
LogicalResult Derivation::checkStream(llm::AttentionOp op, SinkWindow shape) {
  if (op.getBias() || op.getPastKey() || !op.getMask() || cold.isHot(op.getMask()))
    return refusal.because(op, "has another mask than sinks and a window");
  for (int64_t length : {int64_t(3), shape.sinks + 2, shape.rows() + 3}) {
    if (length > cold.context())
      continue;
    Refusal why;
    FailureOr<Tensor> mask = cold.at(op.getMask(), {0, length}, why);
    if (failed(mask))
      return refusal.because(op, "has a mask that cannot be computed for " + Twine(length) +
                                     " tokens: " + why.reason);
    if (mask->size() != length * length)
      return refusal.because(op, "has another mask than sinks and a window");
    for (int64_t i = 0; i < length; ++i)
      for (int64_t j = 0; j <= i; ++j)
        if ((mask->integer(i * length + j) != 0) != shape.sees(i, j))
          return refusal.because(op, "has another mask than sinks and a window");
  }
  return success();
}

LogicalResult Derivation::planAttention(llm::AttentionOp op) {
  for (Value operand : {op.getQuery(), op.getKey(), op.getValue()})
    if (cold.isHot(operand) ? rows.axisOf(operand) != 2 : true)
      return refusal.because(op, "takes queries, keys or values that are not rows of the text");
  auto isCache = [&](Value past) {
    return !past || llvm::any_of(text.caches, [&](GraphCache &c) { return c.attention == op; });
  };
  if (!isCache(op.getPastKey()) || !isCache(op.getPastValue()))
    return refusal.because(op, "has a past that is no input of the graph");
  if (op.getSinks() && cold.followsLength(op.getSinks()))
    return refusal.because(op, "has sinks that depend on the text");
  if (op.getResult().use_empty())
    return success();
  auto buffer = text.forms.buffers.find(op);
  if (buffer != text.forms.buffers.end() && buffer->second.count < cold.context())
    return refusal.because(op, "reads a cache of " + Twine(buffer->second.count) + " rows",
                           buffer->second.count);
  if (rows.axisOf(op.getResult()) != 2 || !rows.othersAreFixed(op.getKey()) ||
      !rows.othersAreFixed(op.getValue()))
    return refusal.because(op, "has heads of a size that is not known");
  if (auto shape = SinkWindow::of(op)) {
    if (failed(checkStream(op, *shape)))
      return failure();
    Mixer mixer{op, {}};
    mixer.stream = shape;
    mixers.push_back(mixer);
    return success();
  }
  FailureOr<StepMask> mask = findStepMask(op, text.forms, cold, refusal);
  if (failed(mask))
    return failure();
  Mixer mixer{op, *mask};
  for (const TurnedKeys &keys : text.forms.turned)
    if (keys.attention == op) {
      for (Value table : {keys.cos, keys.sin})
        if (failed(columnCone.plan(table, op, refusal)))
          return failure();
      mixer.turned = keys;
    }
  mixers.push_back(mixer);
  return success();
}

/// Row t reads rows up to t alone, through a state that has no rows.
LogicalResult Derivation::planRetention(llm::RetentionOp op) {
  if (op.getState() || !op.getPresentState().use_empty())
    return refusal.because(op, "has a state in the graph");
  if (rows.axisOf(op.getResult()) != 2 || !rows.othersAreFixed(op.getResult()))
    return refusal.because(op, "has heads of a size that is not known");
  for (OpOperand &use : op->getOpOperands()) {
    if (cold.isHot(use.get()) && rows.axisOf(use.get()) != 2)
      return refusal.because(op, "takes queries, keys or values that are not rows of the text");
    if (failed(planOperand(use)))
      return failure();
  }
  retentions.push_back(op);
  return success();
}

static constexpr StringLiteral joinsLast = "it joins the last one with all";

LogicalResult Derivation::planOperation(Operation *op) {
  if (isa<onnx::ScanOp>(op))
    return planScan(op);
  if (op->getNumRegions() > 0)
    return refusal.because(op, "holds graphs that depend on the tokens");
  if (auto attention = dyn_cast<llm::AttentionOp>(op))
    return planAttention(attention);
  if (auto retention = dyn_cast<llm::RetentionOp>(op))
    return planRetention(retention);
  if (absorbed.contains(op) || isPaddingOfConvolution(op) || isJoinedForDelays(op))
    return success();
  if (auto delay = findDelay(op))
    return planDelay(*delay);
  if (isa<onnx::ConvOp>(op))
    return planConvolution(op);
  bool anyRows = false, anyLast = false;
  for (Value operand : op->getOperands())
    if (cold.isHot(operand)) {
      anyLast |= lastRow.contains(operand);
      anyRows |= !lastRow.contains(operand);
    }
  if (anyLast && !anyRows) { // behind the selection of the last row
    lastRow.insert(op->result_begin(), op->result_end());
    for (OpOperand &use : op->getOpOperands())
      if (!cold.isHot(use.get()) && failed(planConstant(use)))
        return failure();
    return success();
  }
  if (isWholeSlice(op)) {
    forwarded.push_back({op->getResult(0), op->getOperand(0)});
    if (auto place = rows.placeOf(op->getOperand(0)))
      rows.remember(op->getResult(0), *place);
    return success();
  }
  if (rows.concernsPicks(op)) {
    if (StringRef how = anyLast ? StringRef(joinsLast) : rows.howPicksMix(op); !how.empty())
      return refuseMixing(op, how);
    return planOperands(op);
  }
  for (Value result : op->getResults()) {
    if (result.use_empty())
      continue;
    SmallVector<int64_t> axes = rows.multiplesOf(result);
    if (axes.empty() && !anyLast)
      return planSelection(op);
    if (axes.size() != 1 || !rows.othersAreFixed(result))
      return refusal.because(op, "has a result of a size that is not known for one text");
  }
  if (StringRef how = anyLast ? StringRef(joinsLast) : rows.howRowsMix(op); !how.empty())
    return refuseMixing(op, how);
  if (auto rope = dyn_cast<llm::RopeOp>(op))
    return planRope(rope);
  return planOperands(op);
}

LogicalResult Derivation::planOperands(Operation *op) {
  bool hasShape = planShape(op);
  for (OpOperand &use : op->getOpOperands())
    if (!(hasShape && use.getOperandNumber() == 1) && failed(planOperand(use)))
      return failure();
  return success();
}

static bool holds(const CacheAssumption &assumption, const Tensor &value, Place place) {
  int64_t inner = 1;
  for (int64_t axis = assumption.axis + 1; axis < value.rank(); ++axis)
    inner *= value.dim(axis);
  for (int64_t i = 0; i < value.size(); ++i) {
    bool right = true;
    if (assumption.kind == CacheAssumption::Padding)
      right = i == 6 || value.integer(i) == 0;
    else if (assumption.kind == CacheAssumption::Index)
      right = value.integer(i) == place.past;
    else
      right = value.integer(i) == place.past + i / inner % place.rows &&
              value.dim(assumption.axis) == place.rows;
    if (!right)
      return false;
  }
  return true;
}

/// What the forms of caches take for granted, at places with and without a past.
LogicalResult Derivation::proveAssumptions() {
  for (CacheAssumption &assumption : text.forms.assumptions)
    for (Place place : {Place{0, 3}, Place{0, 1}, Place{2, 1}, Place{3, 4}}) {
      Refusal why;
      FailureOr<Tensor> value = cold.at(assumption.value, place, why);
      if (failed(value))
        return refusal.because(text.function,
                               "where a cache is written cannot be computed: " + why.reason);
      if (value->isFloat() || !holds(assumption, *value, place))
        return refusal.because(text.function, "a cache is not written behind the rows of the past");
    }
  return success();
}

/// The operations whose hot results the logits are computed from; of others only sizes are asked.
DenseSet<Operation *> Derivation::hotOperations() {
  DenseSet<Operation *> found;
  SmallVector<Value> work{text.logits()};
  while (!work.empty()) {
    Value value = work.pop_back_val();
    Operation *op = cold.isHot(value) ? value.getDefiningOp() : nullptr;
    if (op && found.insert(op).second)
      work.append(op->operand_begin(), op->operand_end());
  }
  return found;
}

LogicalResult Derivation::plan() {
  if (failed(proveAssumptions()))
    return failure();
  DenseSet<Operation *> hot = hotOperations();
  for (Operation &op : text.function.getBody().front().without_terminator())
    if (hot.contains(&op) && failed(planOperation(&op)))
      return failure();
  if (mixers.empty() && retentions.empty() && convolutions.empty() && delays.empty() &&
      scans.empty())
    return refusal.because(text.function, "no attention carries the text from row to row");
  auto logits = dyn_cast<RankedTensorType>(text.logits().getType());
  if (!cold.isHot(text.logits()) || !logits ||
      (!lastRow.contains(text.logits()) && rows.axisOf(text.logits()) != logits.getRank() - 2))
    return refusal.because(text.function, "the logits are not one row for each token");
  return success();
}
