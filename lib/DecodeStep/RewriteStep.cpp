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

void Derivation::rewriteAttention(Mixer &mixer, StepInputs &inputs) {
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
  op.getPresentKey().setType(op.getKey().getType());
  op.getPresentValue().setType(op.getValue().getType());
  op.getMaskMutable().clear();
  op.getBiasMutable().clear();
  if (mixer.mask.mask)
    op.getMaskMutable().assign(table(mixer.mask.mask, mixer.mask.maskRow));
  if (mixer.mask.bias)
    op.getBiasMutable().assign(table(mixer.mask.bias, mixer.mask.biasRow));
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
    results.append({mixer.op.getKey(), mixer.op.getValue()});
  }
  for (llm::RetentionOp op : retentions)
    results.push_back(rewriteRetention(op, inputs));
  for (Convolution &convolution : convolutions)
    results.push_back(rewriteConvolution(convolution, inputs));
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
