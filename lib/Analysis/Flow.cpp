// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/Flow.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
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

/// Caches inside an operation: past_key goes to present_key.
static SmallVector<Value> carryCache(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto attention = dyn_cast<llm::AttentionOp>(op)) {
    if (use.get() == attention.getPastKey())
      return {attention.getPresentKey()};
    return use.get() == attention.getPastValue() ? SmallVector<Value>{attention.getPresentValue()}
                                                 : SmallVector<Value>{};
  }
  auto carrier = dyn_cast<onnx::StateCarrier>(op);
  int next = carrier ? carrier.nextStateSlot(slotOf(use)) : -1;
  SmallVector<Value> results = next < 0 ? SmallVector<Value>() : onnx::resultSlots(op);
  return next >= 0 && size_t(next) < results.size() ? SmallVector<Value>{results[next]}
                                                    : SmallVector<Value>();
}

SmallVector<Value> retort::reshapeOnly(OpOperand &use) {
  Operation *op = use.getOwner();
  // A body sees a list that is scanned element by element.
  if (auto scan = dyn_cast<onnx::ScanOp>(op))
    if (use.getOperandNumber() + scan.getNumScanInputs() >= op->getNumOperands())
      return {scan.getBody().front().getArgument(use.getOperandNumber())};
  bool keeps =
      onnx::isReshape(op) || onnx::isConversion(op) || isa<onnx::ExpandOp, onnx::TransposeOp>(op);
  return keeps && use.getOperandNumber() == 0 ? SmallVector<Value>{op->getResult(0)}
                                              : SmallVector<Value>();
}

SmallVector<Value> retort::carry(OpOperand &use) {
  Operation *op = use.getOwner();
  auto movement = dyn_cast<onnx::Movement>(op);
  if (movement && movement.movesOperand(slotOf(use)))
    return SmallVector<Value>(op->getResults());
  SmallVector<Value> results = reshapeOnly(use);
  return results.empty() ? carryCache(use) : results;
}

SmallVector<Value> retort::elementwise(OpOperand &use) {
  Operation *op = use.getOwner();
  if (onnx::elementKindOf(op) == onnx::ElementKind::Arithmetic)
    return {op->getResult(0)};
  bool moves = onnx::movesAll(op) || isa<onnx::SliceOp>(op);
  return moves && use.getOperandNumber() == 0 ? SmallVector<Value>{op->getResult(0)}
                                              : reshapeOnly(use);
}
