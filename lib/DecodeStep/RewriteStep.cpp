// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rewrites a planned text graph: states, tables, and the rows of logits that are asked for.
//   llm.attention(%q, %k, %v) {causal}
//     ->  llm.attention(%q, onnx.TensorScatter(%keys, %k, %past), ... offset %past) {causal}
#include "lib/DecodeStep/Derivation.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// Those of past and new rows.
static Value firstRows(OpBuilder &builder, Location loc, Value value, int64_t axis,
                       StepInputs &inputs) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = ShapedType::kDynamic;
  Value end =
      onnx::UnsqueezeOp::create(builder, loc, RankedTensorType::get({1}, builder.getI64Type()),
                                inputs.total(), inputs.integers({0}));
  return onnx::SliceOp::create(builder, loc, type.clone(shape), value, inputs.integers({0}), end,
                               inputs.integers({axis}), Value());
}

/// Keys turn as they are read: those of past and new rows, by tables of this length.
void Derivation::turnKeys(Mixer &mixer, StepInputs &inputs) {
  llm::AttentionOp op = mixer.op;
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value keys = firstRows(builder, loc, mixer.keys, 2, inputs);
  Value cos = columnCone.make(mixer.turned->cos, op, inputs),
        sin = columnCone.make(mixer.turned->sin, op, inputs);
  UnitAttr interleaved = mixer.turned->interleaved ? builder.getUnitAttr() : UnitAttr();
  op.getKeyMutable().assign(
      llm::RopeOp::create(builder, loc, keys.getType(), keys, cos, sin, Value(), interleaved));
  op.getValueMutable().assign(firstRows(builder, loc, mixer.values, 2, inputs));
}

/// State and new rows, one behind the other; of these the next state.
void Derivation::rewriteStream(Mixer &mixer, StepInputs &inputs) {
  llm::AttentionOp op = mixer.op;
  OpBuilder builder(op);
  OnnxBuilder b(builder, op.getLoc());
  auto *known = llvm::find_if(streams, [&](const StreamState &each) {
    return each.shape.sinks == mixer.stream->sinks && each.shape.window == mixer.stream->window;
  });
  if (known == streams.end()) {
    streams.emplace_back(*mixer.stream, op, inputs);
    known = &streams.back();
  }
  auto state = [&](Value fresh, Value &next) -> Value {
    auto type = cast<RankedTensorType>(fresh.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[2] = mixer.stream->rows();
    BlockArgument held = inputs.addState(type.clone(shape));
    Value all = b.concat({held, fresh}, 2);
    Value kept = b.gather(all, known->kept(), 2);
    kept.setType(held.getType());
    next = onnx::TensorScatterOp::create(builder, op.getLoc(), held.getType(), held, kept,
                                         inputs.integers({0}));
    return all;
  };
  op.getKeyMutable().assign(state(op.getKey(), mixer.keys));
  op.getValueMutable().assign(state(op.getValue(), mixer.values));
  op.getPresentKey().setType(cast<RankedTensorType>(op.getKey().getType()));
  op.getPresentValue().setType(cast<RankedTensorType>(op.getValue().getType()));
  // No row sees the new ones behind it; the mask says the rest.
  op.getMaskMutable().assign(known->mask());
  op.getOffsetMutable().assign(
      inputs.constant(Tensor::ints(builder.getContext(), {mixer.stream->rows()}).reshaped({})));
  op.setMaskedRows(llm::MaskedRows::Zero);
}

void Derivation::rewriteAttention(Mixer &mixer, StepInputs &inputs) {
  if (mixer.stream)
    return rewriteStream(mixer, inputs);
  llm::AttentionOp op = mixer.op;
  OpBuilder builder(op);
  auto cache = [&](Value fresh) -> Value {
    auto type = cast<RankedTensorType>(fresh.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[2] = cold.context();
    BlockArgument state = inputs.addState(type.clone(shape));
    return onnx::TensorScatterOp::create(builder, op.getLoc(), state.getType(), state, fresh,
                                         inputs.writeIndex());
  };
  auto table = [&](const Tensor &elements, std::optional<int64_t> row) -> Value {
    if (!row)
      return inputs.constant(elements);
    RowSource source;
    source.table = elements;
    source.axis = *row;
    return inputs.rowsOf(source);
  };
  // Where keys are as many as there are, columns are.
  auto columns = [&](Value value) -> Value {
    auto type = cast<RankedTensorType>(value.getType());
    if (!mixer.turned || type.getShape().back() != cold.context())
      return value;
    return firstRows(builder, op.getLoc(), value, type.getRank() - 1, inputs);
  };
  // Without a past, what is present is what is new.
  if (!op.getPastKey()) {
    op.getPresentKey().replaceAllUsesWith(op.getKey());
    op.getPresentValue().replaceAllUsesWith(op.getValue());
  }
  op.getPastKeyMutable().clear();
  op.getPastValueMutable().clear();
  op.getKeyLengthMutable().clear();
  op.getKeyMutable().assign(cache(op.getKey()));
  op.getValueMutable().assign(cache(op.getValue()));
  mixer.keys = op.getKey();
  mixer.values = op.getValue();
  if (mixer.turned)
    turnKeys(mixer, inputs);
  op.getPresentKey().setType(op.getKey().getType());
  op.getPresentValue().setType(op.getValue().getType());
  op.getMaskMutable().clear();
  op.getBiasMutable().clear();
  if (mixer.mask.mask)
    op.getMaskMutable().assign(columns(table(mixer.mask.mask, mixer.mask.maskRow)));
  if (mixer.mask.bias)
    op.getBiasMutable().assign(columns(table(mixer.mask.bias, mixer.mask.biasRow)));
  op.getOffsetMutable().assign(inputs.past());
  op.setCausal(true);
  op.setMaskedRows(llm::MaskedRows::Zero);
  if (mixer.mask.leftWindow)
    op.setLeftWindow(*mixer.mask.leftWindow);
}

/// The state is read, as zeros before the first token, and overwritten in place.
Value Derivation::rewriteRetention(llm::RetentionOp op, StepInputs &inputs) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getPresentState().getType());
  BlockArgument state = inputs.addState(type);
  op.getStateMutable().assign(readState(state, builder, inputs));
  builder.setInsertionPointAfter(op);
  return onnx::TensorScatterOp::create(builder, loc, type, state, op.getPresentState(),
                                       inputs.integers({0}));
}

/// Whether an operation computes rows of the first operand alone, whichever these are: the others
/// are the same for all, and no state depends on how many there are.
bool Derivation::takesAnyRows(Operation *op) {
  if (isa<onnx::ConvOp>(op) || absorbed.contains(op) || !cold.isHot(op->getOperand(0)))
    return false;
  bool hasShape = isa<onnx::ReshapeOp, onnx::ExpandOp>(op);
  for (OpOperand &use : llvm::drop_begin(op->getOpOperands()))
    if (cold.isHot(use.get()) ||
        (cold.followsLength(use.get()) && !(hasShape && use.getOperandNumber() == 1)))
      return false;
  return true;
}

/// The operand of the last matrix product, behind which each row is computed by itself.
OpOperand *Derivation::lastProduct() {
  for (Operation *op = text.logits().getDefiningOp(); op && takesAnyRows(op);
       op = op->getOperand(0).getDefiningOp()) {
    if (op->hasTrait<onnx::MatrixProduct>())
      return &op->getOpOperand(0);
    if (op->getNumResults() != 1 || !op->getResult(0).hasOneUse())
      return nullptr;
  }
  return nullptr;
}

void Derivation::keepAskedRows(StepInputs &inputs) {
  OpOperand *operand = lastProduct();
  if (!operand || lastRow.contains(operand->get()) || !rows.axisOf(operand->get()))
    return;
  OpBuilder builder(operand->getOwner());
  Location loc = operand->getOwner()->getLoc();
  auto type = cast<RankedTensorType>(operand->get().getType());
  auto one = RankedTensorType::get({1}, builder.getI64Type());
  Value first = onnx::NegOp::create(
      builder, loc, one,
      onnx::UnsqueezeOp::create(builder, loc, one, inputs.rows(), inputs.integers({0}))
          .getResult());
  SmallVector<int64_t> shape(type.getShape());
  int64_t axis = *rows.axisOf(operand->get());
  shape[axis] = ShapedType::kDynamic;
  operand->set(onnx::SliceOp::create(builder, loc, type.clone(shape), operand->get(), first,
                                     inputs.integers({std::numeric_limits<int32_t>::max()}),
                                     inputs.integers({axis}), Value()));
}

void Derivation::rewrite() {
  StepInputs inputs(text);
  keepAskedRows(inputs);
  for (Edit &edit : edits)
    edit.use->set(edit.make(inputs));
  SmallVector<Value> results{text.logits()};
  for (Mixer &mixer : mixers) {
    rewriteAttention(mixer, inputs);
    results.append({mixer.keys, mixer.values});
  }
  for (llm::RetentionOp op : retentions)
    results.push_back(rewriteRetention(op, inputs));
  for (Convolution &convolution : convolutions)
    results.push_back(rewriteConvolution(convolution, inputs));
  for (Delay &delay : delays)
    results.push_back(rewriteDelay(delay, inputs));
  for (Operation *scan : scans)
    rewriteScan(scan, inputs, results);
  text.end()->setOperands(results);
  for (auto [result, operand] : forwarded)
    result.replaceAllUsesWith(operand);
  eraseDeadOperations(text.function);
  // What is left of the old inputs has no use.
  llvm::BitVector old(text.function.getNumArguments());
  for (GraphCache &cache : text.caches)
    old.set(cache.past.getArgNumber());
  for (const BufferRows &rows : text.forms.rows)
    old.set(rows.buffer.getArgNumber());
  (void)text.function.eraseArguments(old);
}
