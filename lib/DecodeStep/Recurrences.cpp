// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows that come later, and scans over the text: their states become states of the step, which the
// first token starts as the graph does.
//
//   Slice(Concat(%first, %x), 0, -n), or Pad(%x, n, -n): row t is row t - n of %x. The state holds
//   the last n rows.
//   Scan(%start, %x) {...}: the state is that of the Scan behind the last row.
#include "lib/DecodeStep/Derivation.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t untilEnd = std::numeric_limits<int32_t>::max();

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static int64_t front(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

std::optional<Derivation::Delay> Derivation::findDelay(Operation *op) {
  if (auto pad = dyn_cast<onnx::PadOp>(op)) {
    auto axis = rows.axisOf(pad.getData());
    auto pads = rows.sizes().constants(pad.getPads());
    int64_t rank = typeOf(pad.getData()).getRank();
    if (!axis || !pads || pad.getMode() != "constant")
      return std::nullopt;
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    if (pad.getAxes()) {
      auto given = rows.sizes().constants(pad.getAxes());
      if (!given)
        return std::nullopt;
      axes = *given;
    }
    if (pads->size() != 2 * axes.size())
      return std::nullopt;
    int64_t count = 0;
    for (auto [i, each] : llvm::enumerate(axes)) {
      int64_t before = (*pads)[i], behind = (*pads)[axes.size() + i];
      if (before + behind != 0 || (front(each, rank) != *axis && before != 0))
        return std::nullopt;
      count = front(each, rank) == *axis ? before : count;
    }
    return count > 0 ? std::optional(Delay{op, pad.getData(), *axis, count, nullptr})
                     : std::nullopt;
  }
  auto slice = dyn_cast<onnx::SliceOp>(op);
  auto concat = slice ? slice.getData().getDefiningOp<onnx::ConcatOp>() : nullptr;
  if (!concat || concat.getInputs().size() != 2 || cold.isHot(concat.getInputs()[0]))
    return std::nullopt;
  Value first = concat.getInputs()[0], input = concat.getInputs()[1];
  int64_t rank = typeOf(input).getRank(), axis = front(concat.getAxis(), rank);
  auto starts = rows.sizes().constants(slice.getStarts()),
       ends = rows.sizes().constants(slice.getEnds()),
       axes = rows.sizes().constants(slice.getAxes()),
       steps = slice.getSteps() ? rows.sizes().constants(slice.getSteps())
                                : std::optional(SmallVector<int64_t>{1});
  auto known = rows.sizes().shape(first);
  auto count = known ? (*known)[axis].constant() : std::nullopt;
  if (!starts || !ends || !axes || !steps || !count || *count < 1 || rows.axisOf(input) != axis ||
      starts->size() != 1 || starts->front() != 0 || ends->front() != -*count ||
      front(axes->front(), rank) != axis || steps->front() != 1)
    return std::nullopt;
  return Delay{op, input, axis, *count, concat};
}

/// A Concat that all its users take as a delay.
bool Derivation::isJoinedForDelays(Operation *op) {
  return isa<onnx::ConcatOp>(op) && !op->use_empty() &&
         llvm::all_of(op->getUsers(), [&](Operation *user) { return findDelay(user).has_value(); });
}

LogicalResult Derivation::planDelay(Delay delay) {
  if (!rows.othersAreFixed(delay.input))
    return refusal.because(delay.op, "hands on rows of a size that is not known");
  for (OpOperand &use : (delay.joined ? delay.joined : delay.op)->getOpOperands())
    if (use.get() != delay.input && failed(planConstant(use)))
      return failure();
  delays.push_back(delay);
  return success();
}

LogicalResult Derivation::planScan(Operation *op) {
  auto scan = cast<onnx::ScanOp>(op);
  unsigned inputs = scan.getNumScanInputs(), states = op->getNumOperands() - inputs;
  auto entry = [](std::optional<ArrayRef<int64_t>> list, unsigned i) {
    return list && i < list->size() ? (*list)[i] : 0;
  };
  for (unsigned i = 0; i < states; ++i) {
    if (cold.isHot(op->getOperand(i)))
      return refusal.because(op, "starts from a state that depends on the tokens");
    if (failed(planConstant(op->getOpOperand(i))))
      return failure();
    auto shape = rows.sizes().shape(op->getOperand(i));
    if (!shape || !llvm::all_of(*shape, [](auto &size) { return size.constant().has_value(); }))
      return refusal.because(op, "has a state of a size that is not known");
    if (!op->getResult(i).use_empty())
      return refusal.because(op, "hands on a state in the graph");
  }
  for (unsigned i = 0; i < inputs; ++i) {
    OpOperand &use = op->getOpOperand(states + i);
    int64_t axis = front(entry(scan.getScanInputAxes(), i), typeOf(use.get()).getRank());
    if (entry(scan.getScanInputDirections(), i) != 0)
      return refusal.because(op, "reads the text from its end");
    if (rows.axisOf(use.get()) != axis)
      return refusal.because(op, "scans what are not the rows of the text");
    if (!cold.isHot(use.get()) && failed(planOperand(use)))
      return failure();
  }
  for (unsigned i = states; i < op->getNumResults(); ++i) {
    Value result = op->getResult(i);
    if (result.use_empty())
      continue;
    int64_t axis = front(entry(scan.getScanOutputAxes(), i - states), typeOf(result).getRank());
    if (entry(scan.getScanOutputDirections(), i - states) != 0)
      return refusal.because(op, "writes its rows from their end");
    if (rows.axisOf(result) != axis || !rows.othersAreFixed(result))
      return refusal.because(op, "has a result of a size that is not known for one text");
  }
  // What the body takes from outside is the same in each step.
  WalkResult walked = op->walk([&](Operation *inner) {
    for (OpOperand &use : inner->getOpOperands()) {
      if (inner == op || op->isProperAncestor(use.get().getParentBlock()->getParentOp()) ||
          use.get().getParentBlock()->getParentOp() == op)
        continue;
      if (cold.isHot(use.get())) {
        (void)refusal.because(op, "takes a value in its body that depends on the tokens");
        return WalkResult::interrupt();
      }
      if (failed(planConstant(use)))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  scans.push_back(op);
  return success();
}

/// A state of so many elements, in a shape that TensorScatter overwrites as a whole.
BlockArgument Derivation::addFlatState(RankedTensorType type, StepInputs &inputs) {
  return inputs.addState(type.clone({1, 1, type.getNumElements()}));
}

Value Derivation::readFlatState(BlockArgument state, Value start, RankedTensorType type,
                                OpBuilder &builder, StepInputs &inputs) {
  Location loc = state.getLoc();
  OnnxBuilder b(builder, loc);
  Value none = inputs.constant(onnx::Tensor::ints(builder.getContext(), {0}).reshaped({}));
  Value isFirst = onnx::EqualOp::create(
      builder, loc, RankedTensorType::get({}, builder.getI1Type()), inputs.past(), none);
  Value held = b.reshape(state, type.getShape());
  return onnx::WhereOp::create(builder, loc, type, isFirst, start, held);
}

Value Derivation::writeFlatState(BlockArgument state, Value next, OpBuilder &builder,
                                 StepInputs &inputs) {
  OnnxBuilder b(builder, state.getLoc());
  Value flat = b.reshape(next, typeOf(state).getShape());
  return onnx::TensorScatterOp::create(builder, state.getLoc(), state.getType(), state, flat,
                                       inputs.integers({0}));
}

/// What a delay gives before there are rows.
Value Derivation::rowsInFront(Delay &delay, RankedTensorType type, StepInputs &inputs) {
  if (delay.joined)
    return delay.joined->getOperand(0);
  Value filled = cast<onnx::PadOp>(delay.op).getConstantValue();
  return filled ? filled : inputs.constant(onnx::Tensor::scalar(type.getElementType(), 0));
}

Value Derivation::rewriteDelay(Delay &delay, StepInputs &inputs) {
  OpBuilder builder(delay.op);
  OnnxBuilder b(builder, delay.op->getLoc());
  SmallVector<int64_t> shape(typeOf(delay.input).getShape());
  auto sizes = rows.sizes().shape(delay.input);
  for (size_t axis = 0; axis < shape.size(); ++axis)
    shape[axis] = int64_t(axis) == delay.axis ? delay.count : *(*sizes)[axis].constant();
  auto kept = typeOf(delay.input).clone(shape);
  BlockArgument state = addFlatState(kept, inputs);
  Value before = readFlatState(state, rowsInFront(delay, kept, inputs), kept, builder, inputs);
  Value seen = b.concat({before, delay.input}, delay.axis);
  Value result = b.slice(seen, delay.axis, 0, -delay.count);
  result.setType(delay.op->getResult(0).getType());
  delay.op->getResult(0).replaceAllUsesWith(result);
  Value last = b.slice(seen, delay.axis, -delay.count, untilEnd);
  return writeFlatState(state, last, builder, inputs);
}

void Derivation::rewriteScan(Operation *op, StepInputs &inputs, SmallVectorImpl<Value> &results) {
  unsigned states = op->getNumOperands() - cast<onnx::ScanOp>(op).getNumScanInputs();
  for (unsigned i = 0; i < states; ++i) {
    OpBuilder builder(op);
    SmallVector<int64_t> shape;
    auto sizes = rows.sizes().shape(op->getOperand(i));
    for (auto &size : *sizes)
      shape.push_back(*size.constant());
    auto type = typeOf(op->getOperand(i)).clone(shape);
    BlockArgument state = addFlatState(type, inputs);
    op->setOperand(i, readFlatState(state, op->getOperand(i), type, builder, inputs));
    builder.setInsertionPointAfter(op);
    results.push_back(writeFlatState(state, op->getResult(i), builder, inputs));
  }
}
