// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   1. Which token lies in each row of the state, behind `past` tokens; -1: none.
//   2. Row i sees columns by their tokens, old and new.
//   3. The same as 1 behind past + T: what is not new lies where it lay.
#include "lib/DecodeStep/StreamState.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static Value modulo(OnnxBuilder &b, Value value, Value divisor) {
  return onnx::ModOp::create(b.raw(), b.location(), value.getType(), value, divisor, IntegerAttr());
}

static Value atLeast(OnnxBuilder &b, Value value, Value bound) {
  return b.invert(b.less(value, bound));
}

/// The last token t < past of row sinks + o is sinks + u - (u - o) mod window, u = past - 1 -
/// sinks.
Value StreamState::tokensAt(OnnxBuilder &b, Value past) {
  Type i64 = b.raw().getI64Type();
  auto number = [&](int64_t value) { return b.number(double(value), i64); };
  Value none = number(-1), sinks = number(shape.sinks);
  Value last = b.subtract(past, number(1));
  Value back = modulo(b, b.subtract(last, slots), number(shape.window));
  Value token = b.subtract(last, back);
  Value ofWindow = b.choose(b.less(token, sinks), none, token);
  Value ofSinks = b.choose(b.less(slots, past), slots, none);
  return b.choose(b.less(slots, sinks), ofSinks, ofWindow);
}

StreamState::StreamState(SinkWindow shape, Operation *before, StepInputs &inputs) : shape(shape) {
  OpBuilder builder(before);
  OnnxBuilder b(builder, before->getLoc());
  Type i64 = builder.getI64Type();
  auto number = [&](int64_t value) { return b.number(double(value), i64); };
  slots = b.integers(llvm::to_vector(llvm::seq(shape.rows())));
  // 1.
  Value past = inputs.past();
  Value fresh =
      inputs.countedLike(onnx::Tensor::ints(builder.getContext(), {0}), /*axis=*/0, false);
  Value columns = b.concat({tokensAt(b, past), fresh}, 0), rows = b.unsqueeze(fresh, {1});
  // 2.
  Value isThere = b.both(atLeast(b, columns, number(0)), atLeast(b, rows, columns));
  seen = b.both(isThere, shape.seesBefore(b, rows, columns));
  // 3.
  Value then = tokensAt(b, inputs.total()), place = b.subtract(then, past);
  next = b.choose(b.less(place, number(0)), slots, b.add(place, number(shape.rows())));
}
