// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What LSTM, GRU and RNN share. For each direction:
//
//   1. P = X W' + b for all rows at once (b: the biases that are added before a gate opens).
//   2. For each step t, with the state h (and c): z = h R', then the cell: element by element from
//      P[t], z and the state. Sequences that have ended keep their state, and yield zeros.
//
// Backwards, the step of a sequence is counted from its own end. Time is the outer axis inside;
// `layout = 1` swaps axes before and after.
#ifndef RETORT_LIB_LOWER_RECURRENCE_H
#define RETORT_LIB_LOWER_RECURRENCE_H

#include "lib/Lower/Activation.h"
#include "lib/Lower/RecurrentWeights.h"

namespace retort {

/// What the three operations share. A cell is made of `gates` parts of H columns each.
class Recurrence {
public:
  Recurrence(Emitter &e, Operation *op, int64_t gates) : e(e), op(op), gates(gates) {}
  virtual ~Recurrence() = default;
  llvm::LogicalResult run();

protected:
  using Values = SmallVector<Value>;
  /// The next h, and c where there is one.
  virtual Values step(ArrayRef<Value> inputs, ArrayRef<Value> state) = 0;
  virtual ArrayRef<llvm::StringRef> defaultActivations() const = 0;
  /// Whether the bias of the recurrent product is added to a gate with the other one.
  virtual bool addsRecurrentBias(int64_t gate) const { return true; }

  bool takeActivations();
  void requireShapes();
  Value transposed(Value tensor) { return batchFirst ? e.transpose(tensor, {1, 0, 2}) : tensor; }
  Value project();
  Value initial(unsigned slot);
  Values inputsOf(Value projected, Value time, Value s);
  Value timeOf(Value s, Value b);
  Value write(Value out, Value rows, Value s);
  Values runDirection(ArrayRef<Value> outputs);

  Value operand(unsigned slot) {
    return slot < slots.size() && slots[slot] ? e.get(slots[slot]) : Value();
  }
  Value times(Value rows, Value first, Value count) {
    return multiplyByRows(e, op, rows, {slots[2], direction, first, count});
  }
  Values split(Value columns, int64_t count);
  /// Numbers of the hidden size, from a list for each direction.
  Value part(Value table, int64_t i) {
    Value list =
        e.slice(table, {e.index(direction), e.mul(hidden, e.index(i))}, {e.index(1), hidden});
    return e.reshape(list, hidden);
  }
  Access plain(Value rows) { return {rows, e.identity(2)}; }
  Access perColumn(Value list) { return {list, e.project(2, {1})}; }
  Value wide(Value x) { return e.narrow(e.widen(x), type); }
  Value apply(unsigned function, Value x);
  Value clipped(Value x);
  Value sum(Value a, Value b) { return mlir::arith::AddFOp::create(e, a, b); }
  Value mul(Value a, Value b) { return mlir::arith::MulFOp::create(e, a, b); }

  Emitter &e;
  Operation *op;
  int64_t gates, directions = 1, direction = 0;
  bool batchFirst = false, isBackward = false;
  SmallVector<Value> slots;
  SmallVector<Activation> functions; // of all directions
  Value x, lengths, rows, batch, width, hidden;
  Type type, element;
};

} // namespace retort

#endif
