// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts states, one after the other, and looks through what put them together:
//   Gather(Concat(a, b), i)  ->  a or b without the axis
//   Slice(Concat(a, b), begin, end)  ->  Concat of what is left of each
#include "lib/Recurrence/ScanBody.h"

#include "dialects/Onnx/Constants.h"

using namespace mlir;
using namespace retort;

/// A window of more rows is a matter of convolutions.
static constexpr int64_t longestWindow = 16;

static int64_t sizeAlong(Value value, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && axis >= 0 && axis < type.getRank() ? type.getDimSize(axis) : ShapedType::kDynamic;
}

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : -1;
}

static int64_t front(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

namespace {
/// Rows `begin` ... `end` along an axis, as a Slice, a Gather of one index or a Split take them.
struct Taken {
  int64_t axis, begin, end;
  bool keepsAxis;
};
} // namespace

/// What an operation takes of its first operand; nullopt where it does something else.
static std::optional<Taken> takenBy(Operation *op) {
  int64_t rank = op->getNumOperands() ? rankOf(op->getOperand(0)) : -1;
  if (rank < 1)
    return std::nullopt;
  if (auto gather = dyn_cast<onnx::GatherOp>(op)) {
    auto index = integersOf(gather.getIndices());
    int64_t axis = front(gather.getAxis(), rank), size = sizeAlong(gather.getData(), axis);
    if (!index || index->size() != 1 || rankOf(gather.getIndices()) > 1 ||
        ShapedType::isDynamic(size))
      return std::nullopt;
    int64_t at = front(index->front(), size);
    return Taken{axis, at, at + 1, rankOf(gather.getIndices()) == 1};
  }
  auto slice = dyn_cast<onnx::SliceOp>(op);
  if (!slice)
    return std::nullopt;
  auto starts = integersOf(slice.getStarts()), ends = integersOf(slice.getEnds());
  auto axes =
      slice.getAxes() ? integersOf(slice.getAxes()) : std::optional(SmallVector<int64_t>{0});
  auto steps =
      slice.getSteps() ? integersOf(slice.getSteps()) : std::optional(SmallVector<int64_t>{1});
  if (!starts || !ends || !axes || !steps || starts->size() != 1 || axes->size() != 1 ||
      steps->front() != 1)
    return std::nullopt;
  int64_t axis = front(axes->front(), rank), size = sizeAlong(slice.getData(), axis);
  if (ShapedType::isDynamic(size))
    return std::nullopt;
  auto bound = [&](int64_t at) { return std::clamp<int64_t>(front(at, size), 0, size); };
  return Taken{axis, bound(starts->front()), bound(ends->front()), true};
}

/// What `taken` is of values that lie behind one another along its axis; null where a size is not
/// known.
static Value takeOfParts(OnnxBuilder &b, ValueRange parts, const Taken &taken) {
  SmallVector<Value> kept;
  int64_t from = 0;
  for (Value part : parts) {
    int64_t size = sizeAlong(part, taken.axis);
    if (ShapedType::isDynamic(size))
      return {};
    int64_t begin = std::max(taken.begin - from, int64_t(0)),
            end = std::min(taken.end - from, size);
    if (begin < end)
      kept.push_back(begin == 0 && end == size ? part : b.slice(part, taken.axis, begin, end));
    from += size;
  }
  if (kept.empty())
    return {};
  Value all = kept.size() == 1 ? kept.front() : b.concat(kept, taken.axis);
  return taken.keepsAxis ? all : b.squeeze(all, {taken.axis});
}

/// The same without what an operation undoes; null where it undoes nothing.
static Value simplified(Operation *op) {
  OpBuilder builder(op);
  OnnxBuilder b(builder, op->getLoc());
  if (auto squeeze = dyn_cast<onnx::SqueezeOp>(op)) {
    auto unsqueeze = squeeze.getData().getDefiningOp<onnx::UnsqueezeOp>();
    auto axes = squeeze.getAxes() ? integersOf(squeeze.getAxes()) : std::nullopt,
         added = unsqueeze ? integersOf(unsqueeze.getAxes()) : std::nullopt;
    if (!axes || !added || axes->size() != 1 || added->size() != 1)
      return {};
    int64_t rank = rankOf(squeeze.getData());
    return front(axes->front(), rank) == front(added->front(), rank) ? unsqueeze.getData()
                                                                     : Value();
  }
  auto taken = takenBy(op);
  if (!taken)
    return {};
  Value data = op->getOperand(0);
  if (taken->keepsAxis && taken->begin == 0 && taken->end == sizeAlong(data, taken->axis))
    return data;
  if (auto concat = data.getDefiningOp<onnx::ConcatOp>())
    if (front(concat.getAxis(), rankOf(data)) == taken->axis)
      return takeOfParts(b, concat.getInputs(), *taken);
  if (auto unsqueeze = data.getDefiningOp<onnx::UnsqueezeOp>()) {
    auto added = integersOf(unsqueeze.getAxes());
    if (added && added->size() == 1 && front(added->front(), rankOf(data)) == taken->axis &&
        !taken->keepsAxis)
      return unsqueeze.getData();
  }
  return {};
}

static void simplifyAll(ScanBody &body) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : llvm::make_early_inc_range(body.block().without_terminator())) {
      if (isOpTriviallyDead(&op)) {
        op.erase();
        continue;
      }
      Value better = op.getNumResults() == 1 ? simplified(&op) : Value();
      if (!better || better == op.getResult(0))
        continue;
      op.getResult(0).replaceAllUsesWith(better);
      op.erase();
      changed = true;
    }
  }
}

/// Lets the arguments of the parts stand in the place of the state.
static void replaceByParts(ScanBody &body, unsigned i, ArrayRef<unsigned> parts,
                           function_ref<Value(OnnxBuilder &, ArrayRef<Value>)> join) {
  Block &block = body.block();
  OpBuilder builder(&block, block.begin());
  OnnxBuilder b(builder, body.scan().getLoc());
  SmallVector<Value> values;
  for (unsigned part : parts)
    values.push_back(body.states()[part].value);
  Value joined = join(b, values);
  ScanState &state = body.states()[i];
  state.value.replaceAllUsesWith(joined);
  block.getTerminator()->setOperand(state.end, state.value); // nobody asks for it now
  state.parts.assign(parts.begin(), parts.end());
}

static bool partConcat(ScanBody &body, unsigned i) {
  ScanState state = body.states()[i];
  Value next = body.next(i);
  auto concat = next.getDefiningOp<onnx::ConcatOp>();
  if (!concat || rankOf(state.value) < 1)
    return false;
  int64_t axis = front(concat.getAxis(), rankOf(next)), size = sizeAlong(state.value, axis), at = 0;
  if (ShapedType::isDynamic(size) || concat.getInputs().size() < 2)
    return false;
  bool movesOn = false; // a window
  for (Value part : concat.getInputs()) {
    if (ShapedType::isDynamic(sizeAlong(part, axis)))
      return false;
    movesOn |= part.getDefiningOp() && part.getDefiningOp()->getOperands().size() > 0 &&
               part.getDefiningOp()->getOperand(0) == state.value;
  }
  if (movesOn && size > longestWindow)
    return false;
  OpBuilder builder(body.scan());
  OnnxBuilder b(builder, body.scan().getLoc());
  SmallVector<unsigned> parts;
  for (Value part : concat.getInputs()) {
    int64_t rows = sizeAlong(part, axis);
    auto type = cast<RankedTensorType>(state.value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[axis] = rows;
    parts.push_back(
        body.addState(b.slice(state.start, axis, at, at + rows), type.clone(shape), part));
    at += rows;
  }
  if (at != size)
    return false; // an invalid model; what was added has no use
  auto join = [axis](OnnxBuilder &b, ArrayRef<Value> values) { return b.concat(values, axis); };
  body.states()[i].join = join;
  replaceByParts(body, i, parts, join);
  return true;
}

static bool partUnsqueeze(ScanBody &body, unsigned i) {
  ScanState state = body.states()[i];
  auto unsqueeze = body.next(i).getDefiningOp<onnx::UnsqueezeOp>();
  auto axes = unsqueeze ? integersOf(unsqueeze.getAxes()) : std::nullopt;
  if (!axes || rankOf(state.value) < 1)
    return false;
  int64_t rank = rankOf(state.value);
  SmallVector<int64_t> added, shape;
  for (int64_t axis : *axes)
    added.push_back(front(axis, rank));
  for (auto [axis, size] :
       llvm::enumerate(cast<RankedTensorType>(state.value.getType()).getShape()))
    if (!llvm::is_contained(added, int64_t(axis)))
      shape.push_back(size);
  OpBuilder builder(body.scan());
  OnnxBuilder b(builder, body.scan().getLoc());
  unsigned part = body.addState(b.squeeze(state.start, added),
                                cast<RankedTensorType>(state.value.getType()).clone(shape),
                                unsqueeze.getData());
  auto join = [added](OnnxBuilder &b, ArrayRef<Value> values) {
    return b.unsqueeze(values.front(), added);
  };
  body.states()[i].join = join;
  replaceByParts(body, i, {part}, join);
  return true;
}

void retort::partStates(ScanBody &body) {
  simplifyAll(body);
  for (unsigned i = 0; i < body.states().size(); ++i) // grows
    if (partConcat(body, i) || partUnsqueeze(body, i))
      simplifyAll(body);
}
