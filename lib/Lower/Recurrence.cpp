// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop over the rows of a sequence, and what goes into its steps.
#include "lib/Lower/Recurrence.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Reduce.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

bool Recurrence::takeActivations() {
  auto floats = [&](StringRef name) {
    auto list = op->getAttrOfType<DenseF32ArrayAttr>(name);
    return list ? list.asArrayRef() : ArrayRef<float>();
  };
  ArrayRef<float> alphas = floats("activation_alpha"), betas = floats("activation_beta");
  SmallVector<StringRef> names;
  if (auto given = op->getAttrOfType<ArrayAttr>("activations"))
    for (StringAttr name : given.getAsRange<StringAttr>())
      names.push_back(name.getValue());
  size_t count = defaultActivations().size() * directions;
  for (int64_t d = 0, missing = names.empty() ? directions : 0; d < missing; ++d)
    names.append(defaultActivations().begin(), defaultActivations().end());
  if (names.size() < count)
    return op->emitOpError() << "expects " << count << " activations, found " << names.size(),
           false;
  for (StringRef name : ArrayRef(names).take_front(count)) {
    auto function = Activation::take(name, alphas, betas);
    if (!function)
      return op->emitOpError() << "with activation '" << name << "' has no lowering to CPU code",
             false;
    functions.push_back(*function);
  }
  return true;
}

Value Recurrence::apply(unsigned function, Value x) {
  return functions[direction * defaultActivations().size() + function](e, x);
}

/// What goes into an activation may be bounded.
Value Recurrence::clipped(Value x) {
  auto clip = op->getAttrOfType<FloatAttr>("clip");
  if (!clip || !(clip.getValueAsDouble() > 0))
    return x;
  double bound = clip.getValueAsDouble();
  Value low = arith::MaximumFOp::create(e, x, e.real(-bound, x.getType()));
  return arith::MinimumFOp::create(e, low, e.real(bound, x.getType()));
}

void Recurrence::requireShapes() {
  auto require = [&](unsigned slot, ArrayRef<Value> sizes, StringRef problem) {
    if (slot >= slots.size() || !slots[slot] ||
        cast<RankedTensorType>(slots[slot].getType()).hasStaticShape())
      return; // inference has compared what is known
    requireSizes(e, op, operand(slot), sizes, problem);
  };
  Value count = e.index(directions), columns = e.mul(hidden, e.index(gates));
  SmallVector<Value> state{count, batch, hidden};
  if (batchFirst)
    std::swap(state[0], state[1]);
  require(1, {count, columns, width}, "the weight does not fit the input");
  require(2, {count, columns, hidden}, "the recurrent weight does not fit the state");
  require(3, {count, e.mul(columns, e.index(2))}, "the bias does not fit the weight");
  require(5, state, "the initial state does not fit the input");
  require(6, state, "the initial cell does not fit the input");
  require(7, {count, e.mul(hidden, e.index(3))}, "the peepholes do not fit the weight");
  if (!lengths)
    return;
  requireSizes(e, op, lengths, batch, "the sequence lengths do not fit the batch");
  Value yes = e.integer(1, e.getI1Type());
  Value inside = reduceAxes(e, lengths, 0, yes, [&](Value length, Value before) {
    Value i = e.toIndex(length);
    return e.both(before, e.both(e.lessOrEqual(e.index(0), i), e.lessOrEqual(i, rows)));
  });
  e.require(e.extract(inside), op, "a sequence is longer than the input");
}

/// All rows times the weight, with biases: T x B x (gates * H).
Value Recurrence::project() {
  Value columns = e.mul(hidden, e.index(gates)), flat = e.mul(rows, batch);
  Value product = multiplyByRows(e, op, e.reshape(x, {flat, width}),
                                 {slots[1], direction, e.index(0), columns});
  if (Value bias = operand(3)) {
    Values lists;
    for (int64_t gate = 0; gate < gates; ++gate) {
      SmallVector<Access> reads{{part(bias, gate), e.identity(1)}};
      if (addsRecurrentBias(gate))
        reads.push_back({part(bias, gates + gate), e.identity(1)});
      lists.push_back(e.map(hidden, type, reads, [&](ValueRange x) {
        return x.size() == 1 ? wide(x[0]) : sum(wide(x[0]), wide(x[1]));
      }));
    }
    Value all = e.empty(columns, type);
    for (auto [gate, list] : llvm::enumerate(lists))
      all = e.insert(list, all, e.mul(hidden, e.index(gate)));
    product = e.map({flat, columns}, type, {plain(product), perColumn(all)},
                    [&](ValueRange x) { return sum(x[0], x[1]); });
  }
  return e.reshape(product, {rows, batch, columns});
}

/// A state before the first step.
Value Recurrence::initial(unsigned slot) {
  Value given = operand(slot);
  if (!given)
    return e.fill({batch, hidden}, e.zero(type));
  Value own = e.slice(transposed(given), {e.index(direction), e.index(0), e.index(0)},
                      {e.index(1), batch, hidden});
  return e.map({batch, hidden}, type, plain(e.reshape(own, {batch, hidden})),
               [&](ValueRange x) { return wide(x[0]); });
}

/// The row that step s of sequence b reads and writes.
Value Recurrence::timeOf(Value s, Value b) {
  if (!isBackward)
    return s;
  if (!lengths)
    return e.sub(e.sub(rows, e.index(1)), s);
  Value length = e.toIndex(e.extract(lengths, b));
  Value isInside = e.less(s, length);
  return e.choose(isInside, e.sub(e.sub(length, e.index(1)), s), s);
}

SmallVector<Value> Recurrence::split(Value columns, int64_t count) {
  Values parts;
  for (int64_t i = 0; i < count; ++i)
    parts.push_back(e.slice(columns, {e.index(0), e.mul(hidden, e.index(i))}, {batch, hidden}));
  return parts;
}

/// What the input adds to each gate in step s.
SmallVector<Value> Recurrence::inputsOf(Value projected, Value time, Value s) {
  Value columns = e.mul(hidden, e.index(gates)), zero = e.index(0);
  if (!isBackward || !lengths)
    return split(e.reshape(e.slice(projected, {time, zero, zero}, {e.index(1), batch, columns}),
                           {batch, columns}),
                 gates);
  return split(e.generate({batch, columns}, type,
                          [&](ValueRange at) {
                            return e.extract(projected, {timeOf(s, at[0]), at[0], at[1]});
                          }),
               gates);
}

/// The state after step s as a row of the result; zeros for sequences that have ended.
Value Recurrence::write(Value out, Value state, Value s) {
  Value zero = e.index(0), one = e.index(1), place = e.index(direction);
  Value result =
      e.mapIndexed({batch, hidden}, element, plain(state), [&](ValueRange at, ValueRange x) {
        Value number = e.narrow(x[0], element);
        if (!lengths)
          return number;
        Value isInside = e.less(s, e.toIndex(e.extract(lengths, at[0])));
        return e.choose(isInside, number, e.zero(element));
      });
  if (!isBackward || !lengths)
    return e.insert(e.reshape(result, {one, one, batch, hidden}), out,
                    {timeOf(s, zero), place, zero, zero});
  SmallVector<Value> sizes = e.dims(out);
  return e.loop(batch, out, [&](Value b, ValueRange carried) {
    e.setDims(carried[0], sizes);
    Value row = e.reshape(e.slice(result, {b, zero}, {one, hidden}), {one, one, one, hidden});
    return Values{e.insert(row, carried[0], {timeOf(s, b), place, b, zero})};
  })[0];
}

/// The outputs with those of this direction: the sequence, then each state.
SmallVector<Value> Recurrence::runDirection(ArrayRef<Value> outputs) {
  Value projected = project(), zero = e.index(0);
  SmallVector<Value> sequence = e.dims(outputs[0]), carried{outputs[0]};
  for (unsigned i = 1; i < outputs.size(); ++i)
    carried.push_back(initial(4 + i));
  Values results = e.loop(rows, carried, [&](Value s, ValueRange before) {
    e.setDims(before[0], sequence);
    Values state(before.drop_front());
    for (Value each : state)
      e.setDims(each, {batch, hidden});
    Values next = step(inputsOf(projected, timeOf(s, zero), s), state);
    for (auto [after, old] : llvm::zip(next, state))
      if (lengths)
        after = e.mapIndexed({batch, hidden}, type, {plain(after), plain(old)},
                             [&](ValueRange at, ValueRange x) {
                               Value length = e.toIndex(e.extract(lengths, at[0]));
                               return e.choose(e.less(s, length), x[0], x[1]);
                             });
    next.insert(next.begin(), write(before[0], next[0], s));
    return next;
  });
  e.setDims(results[0], sequence);
  for (unsigned i = 1; i < outputs.size(); ++i) {
    e.setDims(results[i], {batch, hidden});
    // Behind a sequence of nothing states are zero, as ONNX Runtime has them.
    Value rounded = e.mapIndexed({batch, hidden}, element, plain(results[i]),
                                 [&](ValueRange at, ValueRange x) {
                                   Value number = e.narrow(x[0], element);
                                   if (!lengths)
                                     return number;
                                   Value length = e.toIndex(e.extract(lengths, at[0]));
                                   Value isEmpty = e.equal(length, e.index(0));
                                   return e.choose(isEmpty, e.zero(element), number);
                                 });
    results[i] = e.insert(e.reshape(rounded, {e.index(1), batch, hidden}), outputs[i],
                          {e.index(direction), zero, zero});
  }
  return results;
}

LogicalResult Recurrence::run() {
  slots = onnx::operandSlots(op);
  StringRef way = onnx::stringAttribute(op, "direction", "forward");
  directions = way == "bidirectional" ? 2 : 1;
  batchFirst = onnx::intAttribute(op, "layout", 0);
  if (!takeActivations())
    return failure();
  x = transposed(operand(0));
  element = elementType(x);
  type = accumulatorType(e, element);
  lengths = operand(4);
  rows = e.dim(x, 0), batch = e.dim(x, 1), width = e.dim(x, 2);
  auto recurrent = cast<RankedTensorType>(slots[2].getType());
  hidden = recurrent.isDynamicDim(2) ? e.dim(operand(2), 2) : e.index(recurrent.getDimSize(2));
  requireShapes();
  SmallVector<Value> sizes{rows, e.index(directions), batch, hidden};
  Values outputs{e.empty(sizes, element)};
  unsigned states = gates == 4 ? 2 : 1;
  for (unsigned i = 0; i < states; ++i)
    outputs.push_back(e.empty(ArrayRef<Value>(sizes).drop_front(), element));
  for (direction = 0; direction < directions; ++direction) {
    isBackward = way == "reverse" || direction == 1;
    outputs = runDirection(outputs);
  }
  for (auto [i, result] : llvm::enumerate(onnx::resultSlots(op)))
    if (result)
      e.set(result, i > 0        ? transposed(outputs[i])
                    : batchFirst ? e.transpose(outputs[0], {2, 0, 1, 3})
                                 : outputs[0]);
  return success();
}
