// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of LSTM, GRU and RNN. D is the number of directions, G of gates, H the hidden size.
#include "dialects/Onnx/Shape/Infer.h"
#include "dialects/Onnx/Recurrent/Recurrent.h"

using namespace mlir;
using namespace retort::onnx;

static LogicalResult expectShape(Operation *op, SymbolicDims &dims, Value value, StringRef name,
                                 const SymbolicShape &wanted) {
  MaybeShape shape = value ? dims.shape(value) : std::nullopt;
  if (!shape)
    return success();
  bool fits = shape->size() == wanted.size();
  for (unsigned i = 0; fits && i < wanted.size(); ++i)
    fits = dims.equal((*shape)[i], wanted[i]) != false;
  if (fits)
    return success();
  return op->emitOpError() << "expects '" << name << "' of shape " << textOf(dims, wanted)
                           << ", found " << textOf(dims, *shape);
}

static int64_t gatesOf(Operation *op) {
  StringRef name = op->getName().stripDialect();
  return name == "LSTM" ? 4 : name == "GRU" ? 3 : 1;
}

LogicalResult retort::onnx::inferRecurrent(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  if (failed(expectSameElements(op, {slots[0], slots[1], slots[2]})))
    return failure();
  Type element = elementOf(slots[0]);
  int64_t directions = stringAttribute(op, "direction", "forward") == "bidirectional" ? 2 : 1,
          gates = gatesOf(op), hiddenSize = intAttribute(op, "hidden_size", 0);
  bool batchFirst = intAttribute(op, "layout", 0);
  MaybeShape x = dims.shape(slots[0]), r = dims.shape(slots[2]);
  if (!x || x->size() != 3 || !r || r->size() != 3) {
    for (unsigned i = 0; i < resultSlots(op).size(); ++i)
      setResult(op, dims, i, element, std::nullopt);
    return success();
  }
  Polynomial rows = (*x)[batchFirst], batch = (*x)[!batchFirst],
             hidden = hiddenSize > 0 ? Polynomial(hiddenSize) : r->back();
  SymbolicShape state{directions, batch, hidden};
  if (batchFirst)
    std::swap(state[0], state[1]);
  if (failed(expectShape(op, dims, slots[1], "W",
                         {directions, hidden * Polynomial(gates), x->back()})) ||
      failed(
          expectShape(op, dims, slots[2], "R", {directions, hidden * Polynomial(gates), hidden})) ||
      failed(expectShape(op, dims, slotAt(slots, 3), "B",
                         {directions, hidden * Polynomial(2 * gates)})) ||
      failed(expectShape(op, dims, slotAt(slots, 4), "sequence_lens", {batch})) ||
      failed(expectShape(op, dims, slotAt(slots, 5), "initial_h", state)) ||
      failed(expectShape(op, dims, slotAt(slots, 6), "initial_c", state)) ||
      failed(expectShape(op, dims, slotAt(slots, 7), "P", {directions, hidden * Polynomial(3)})))
    return failure();
  setResult(op, dims, 0, element,
            batchFirst ? SymbolicShape{batch, rows, directions, hidden}
                       : SymbolicShape{rows, directions, batch, hidden});
  setResult(op, dims, 1, element, state);
  setResult(op, dims, 2, element, state);
  return success();
}
