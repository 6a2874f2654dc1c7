#include "lib/Analysis/Flow.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

SmallVector<OpOperand *> retort::usesReached(Value source, FlowStep step) {
  SmallVector<OpOperand *> reached;
  SmallVector<Value> values{source};
  DenseSet<Value> seen{source};
  while (!values.empty()) {
    Value value = values.pop_back_val();
    for (OpOperand &use : value.getUses()) {
      reached.push_back(&use);
      for (Value next : step(use))
        if (next && seen.insert(next).second)
          values.push_back(next);
    }
  }
  return reached;
}

int retort::slotOf(OpOperand &use) {
  Operation *op = use.getOwner();
  if (!onnx::schemaOf(op->getName()))
    return -1;
  // Operands in front of this one stand in slots of their own; omitted ones lie between.
  int slot = -1, left = use.getOperandNumber();
  for (Value each : onnx::operandSlots(op)) {
    ++slot;
    if (each && left-- == 0)
      return slot;
  }
  return -1;
}

/// Results by slot, for the pairs (operand slot, result slot).
static SmallVector<Value> bySlot(OpOperand &use, ArrayRef<std::pair<int, unsigned>> pairs) {
  int slot = slotOf(use);
  SmallVector<Value> results = onnx::resultSlots(use.getOwner());
  for (auto [from, to] : pairs)
    if (from == slot && to < results.size())
      return {results[to]};
  return {};
}

/// Caches inside an operation: past_key goes to present_key.
static SmallVector<Value> carryCache(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto attention = dyn_cast<llm::AttentionOp>(op)) {
    if (use.get() == attention.getPastKey())
      return {attention.getPresentKey()};
    return use.get() == attention.getPastValue() ? SmallVector<Value>{attention.getPresentValue()}
                                                 : SmallVector<Value>{};
  }
  if (isa<onnx::AttentionOp>(op))
    return bySlot(use, {{1, 1}, {2, 2}, {4, 1}, {5, 2}});
  if (isa<onnx::MicrosoftGroupQueryAttentionOp>(op))
    return bySlot(use, {{3, 1}, {4, 2}});
  if (isa<onnx::MicrosoftMultiHeadAttentionOp>(op))
    return bySlot(use, {{6, 1}, {7, 2}});
  if (isa<onnx::MicrosoftAttentionOp>(op))
    return bySlot(use, {{4, 1}});
  if (isa<onnx::LinearAttentionOp, onnx::MicrosoftLinearAttentionOp, onnx::CausalConvWithStateOp,
          onnx::MicrosoftCausalConvWithStateOp>(op))
    return bySlot(use, {{3, 1}});
  return {};
}

SmallVector<Value> retort::reshapeOnly(OpOperand &use) {
  Operation *op = use.getOwner();
  bool first = use.getOperandNumber() == 0;
  if (first && isa<onnx::IdentityOp, onnx::CastOp, onnx::CastLikeOp, onnx::ReshapeOp,
                   onnx::SqueezeOp, onnx::UnsqueezeOp, onnx::FlattenOp, onnx::ExpandOp>(op))
    return {op->getResult(0)};
  return {};
}

SmallVector<Value> retort::carry(OpOperand &use) {
  Operation *op = use.getOwner();
  bool first = use.getOperandNumber() == 0;
  if (isa<onnx::ConcatOp>(op))
    return {op->getResult(0)};
  if (first && isa<onnx::TransposeOp, onnx::SliceOp, onnx::SplitOp, onnx::GatherOp, onnx::PadOp,
                   onnx::ScatterNDOp, onnx::ScatterElementsOp, onnx::TensorScatterOp>(op))
    return SmallVector<Value>(op->getResults());
  if (isa<onnx::WhereOp>(op) && !first)
    return {op->getResult(0)};
  SmallVector<Value> results = reshapeOnly(use);
  return results.empty() ? carryCache(use) : results;
}

SmallVector<Value> retort::elementwise(OpOperand &use) {
  Operation *op = use.getOwner();
  if (isa<onnx::AddOp, onnx::SubOp, onnx::MulOp, onnx::DivOp, onnx::MaxOp, onnx::MinOp,
          onnx::ClipOp, onnx::WhereOp, onnx::NegOp>(op))
    return {op->getResult(0)};
  bool first = use.getOperandNumber() == 0;
  if (first && isa<onnx::TransposeOp, onnx::SliceOp, onnx::TileOp>(op))
    return {op->getResult(0)};
  return reshapeOnly(use);
}
