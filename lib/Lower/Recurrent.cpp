// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LSTM, GRU and RNN: what one step makes of the products and the state.
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Recurrence.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Recurrent/Recurrent.h"

using namespace mlir;
using namespace retort;

namespace {
struct Rnn : Recurrence {
  Rnn(Emitter &e, Operation *op) : Recurrence(e, op, 1) {}
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef names[] = {"Tanh"};
    return names;
  }
  Values step(ArrayRef<Value> inputs, ArrayRef<Value> state) override {
    Value z = times(state[0], e.index(0), hidden);
    return {e.map({batch, hidden}, type, {plain(inputs[0]), plain(z)},
                  [&](ValueRange x) { return apply(0, clipped(sum(x[0], x[1]))); })};
  }
};

/// Gates: update z, reset r, hidden. With `linear_before_reset` the reset gate closes behind the
/// recurrent product, else before it.
struct Gru : Recurrence {
  Gru(Emitter &e, Operation *op)
      : Recurrence(e, op, 3), linear(onnx::intAttribute(op, "linear_before_reset", 0)) {}
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef names[] = {"Sigmoid", "Tanh"};
    return names;
  }
  bool addsRecurrentBias(int64_t gate) const override { return !linear || gate < 2; }
  Values step(ArrayRef<Value> inputs, ArrayRef<Value> state) override {
    Value opened = e.mul(hidden, e.index(linear ? 3 : 2));
    Values z = split(times(state[0], e.index(0), opened), linear ? 3 : 2);
    Value reset = e.map({batch, hidden}, type, {plain(inputs[1]), plain(z[1])},
                        [&](ValueRange x) { return apply(0, clipped(sum(x[0], x[1]))); });
    Value candidate = linear ? z[2] : Value();
    if (!linear) {
      Value kept = e.map({batch, hidden}, type, {plain(reset), plain(state[0])},
                         [&](ValueRange x) { return mul(x[0], x[1]); });
      candidate = times(kept, opened, hidden);
    }
    SmallVector<Access> reads{plain(inputs[0]), plain(z[0]),     plain(inputs[2]),
                              plain(candidate), plain(state[0]), plain(reset)};
    if (linear && operand(3))
      reads.push_back(perColumn(part(operand(3), 5)));
    return {e.map({batch, hidden}, type, reads, [&](ValueRange x) -> Value {
      Value update = apply(0, clipped(sum(x[0], x[1]))), recalled = x[3];
      if (x.size() == 7)
        recalled = sum(recalled, wide(x[6]));
      if (linear)
        recalled = mul(x[5], recalled);
      Value next = apply(1, clipped(sum(x[2], recalled)));
      Value rest = arith::SubFOp::create(e, e.real(1, type), update);
      return sum(mul(rest, next), mul(update, x[4]));
    })};
  }

  bool linear;
};

/// Gates: input, output, forget, cell. Peepholes let gates see the cell, in the order i, o, f.
struct Lstm : Recurrence {
  Lstm(Emitter &e, Operation *op)
      : Recurrence(e, op, 4), coupled(onnx::intAttribute(op, "input_forget", 0)) {}
  ArrayRef<StringRef> defaultActivations() const override {
    static const StringRef names[] = {"Sigmoid", "Tanh", "Tanh"};
    return names;
  }
  /// What opens a gate: two products, and what it sees of a cell.
  Value gate(ValueRange x, Value cell, Value peephole) {
    Value open = sum(x[0], x[1]);
    if (peephole)
      open = sum(open, mul(wide(peephole), cell));
    return apply(0, clipped(open));
  }
  Values step(ArrayRef<Value> inputs, ArrayRef<Value> state) override {
    Values z = split(times(state[0], e.index(0), e.mul(hidden, e.index(4))), 4);
    Value peepholes = operand(7);
    SmallVector<Access> reads;
    for (unsigned gate : {0, 2, 3})
      reads.append({plain(inputs[gate]), plain(z[gate])});
    reads.push_back(plain(state[1]));
    if (peepholes)
      reads.append({perColumn(part(peepholes, 0)), perColumn(part(peepholes, 2))});
    Value cell = e.map({batch, hidden}, type, reads, [&](ValueRange x) -> Value {
      Value before = x[6];
      Value in = gate(x.take_front(2), before, peepholes ? x[7] : Value());
      Value forget = coupled ? arith::SubFOp::create(e, e.real(1, type), in).getResult()
                             : gate(x.slice(2, 2), before, peepholes ? x[8] : Value());
      Value candidate = apply(1, clipped(sum(x[4], x[5])));
      return sum(mul(forget, before), mul(in, candidate));
    });
    reads = {plain(inputs[1]), plain(z[1]), plain(cell)};
    if (peepholes)
      reads.push_back(perColumn(part(peepholes, 1)));
    Value next = e.map({batch, hidden}, type, reads, [&](ValueRange x) -> Value {
      return mul(gate(x.take_front(2), x[2], peepholes ? x[3] : Value()), apply(2, x[2]));
    });
    return {next, cell};
  }

  bool coupled;
};
} // namespace

static LogicalResult lowerRnn(Emitter &e, onnx::RNNOp op) { return Rnn(e, op).run(); }
static LogicalResult lowerGru(Emitter &e, onnx::GRUOp op) { return Gru(e, op).run(); }
static LogicalResult lowerLstm(Emitter &e, onnx::LSTMOp op) { return Lstm(e, op).run(); }

void retort::addRecurrentLowerings(Lowering &lowering) {
  lowering.add(lowerRnn);
  lowering.add(lowerGru);
  lowering.add(lowerLstm);
}
