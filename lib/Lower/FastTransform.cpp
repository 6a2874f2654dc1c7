// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A stage of radix R, where `done` = m points are transformed and n = R l m, takes x as R x l x m:
//
//   y[j, p, k] = w^(m j p) sum over q of x[q, j, k] w^(p q n / R),   w = exp(-2 pi i / n)
//
// and y, read as R x (l / R) x (R m), is what the next stage takes. Signals lie side by side behind
// k, so the innermost loop is as long as m and they make it.
#include "lib/Lower/FastTransform.h"

#include "lib/Lower/Scalars.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static Value shifted(Emitter &e, Value by) { return arith::ShLIOp::create(e, e.index(1), by); }

FastTransform::FastTransform(Emitter &e, Value least, Type element) : e(e), element(element) {
  Value below = e.sub(e.max(least, e.index(1)), e.index(1));
  Type word = e.getI64Type();
  Value zeros = math::CountLeadingZerosOp::create(e, e.fromIndex(below, word));
  levels = e.toIndex(arith::SubIOp::create(e, e.integer(64, word), zeros));
  count = shifted(e, levels);
  auto wave = [&](bool isSine) {
    // In f64: what is off here is off in every point.
    Type wide = e.getF64Type();
    return e.generate(count, element, [&](ValueRange at) -> Value {
      auto real = [&](Value i) { return scalar::convert(e, e.fromIndex(i, word), word, wide); };
      Value share = arith::DivFOp::create(e, real(at[0]), real(count));
      Value angle = arith::MulFOp::create(e, share, e.real(-2 * M_PI, wide));
      Value result = isSine ? math::SinOp::create(e, angle).getResult()
                            : math::CosOp::create(e, angle).getResult();
      return e.narrow(result, element);
    });
  };
  cosines = wave(false);
  sines = wave(true);
}

/// Of w^(m j p + p q n / R), by (j, p, q), the part that `wave` has.
Value FastTransform::factors(Value wave, int64_t radix, Value left, Value done) {
  Value apart = e.divide(count, e.index(radix)), last = e.sub(count, e.index(1));
  return e.generate({left, e.index(radix), e.index(radix)}, element, [&](ValueRange at) {
    Value turns = e.mul(at[1], e.add(e.mul(at[0], done), e.mul(at[2], apart)));
    return e.extract(wave, arith::AndIOp::create(e, turns, last).getResult());
  });
}

Signals FastTransform::stage(Signals in, std::optional<Signals> into, int64_t radix, Value done,
                             Value width) {
  Value parts = e.index(radix), run = e.mul(done, width);
  Value left = e.divide(count, e.mul(done, parts));
  auto expr = [&](int64_t i) { return e.getAffineDimExpr(i); };
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  auto read = [&](Value tensor, ArrayRef<AffineExpr> at) {
    tensors.push_back(tensor);
    maps.push_back(AffineMap::get(3, 0, at, e.getContext()));
  };
  Value re = e.reshape(in.re, {parts, left, run}), im = e.reshape(in.im, {parts, left, run});
  Value turnRe = factors(cosines, radix, left, done), turnIm = factors(sines, radix, left, done);
  for (int64_t q = 0; q < radix; ++q) {
    AffineExpr here = e.getAffineConstantExpr(q);
    read(re, {here, expr(0), expr(2)});
    read(im, {here, expr(0), expr(2)});
    read(turnRe, {expr(0), expr(1), here});
    read(turnIm, {expr(0), expr(1), here});
  }
  SmallVector<Value> sizes{left, parts, run}, flat{e.mul(count, width)};
  SmallVector<Value> inits;
  for (Value part : {into ? into->re : Value(), into ? into->im : Value()}) {
    inits.push_back(e.reshape(part ? part : e.empty(flat, element), sizes));
    maps.push_back(e.identity(3));
  }
  SmallVector<utils::IteratorType> loops(3, utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(e, TypeRange(ValueRange(inits)), tensors, inits, maps, loops);
  Block *block = new Block;
  op.getRegion().push_back(block);
  for (size_t i = 0; i < tensors.size() + 2; ++i)
    block->addArgument(element, e.getLoc());
  {
    Emitter::Nested nested(e);
    e.setInsertionPointToStart(block);
    auto times = [&](Value a, Value b) -> Value {
      return arith::MulFOp::create(e, a, b, arith::FastMathFlags::contract);
    };
    Value sumRe, sumIm;
    for (int64_t q = 0; q < radix; ++q) {
      ValueRange x = block->getArguments().slice(4 * q, 4);
      Value a = arith::SubFOp::create(e, times(x[0], x[2]), times(x[1], x[3]),
                                      arith::FastMathFlags::contract);
      Value b = arith::AddFOp::create(e, times(x[0], x[3]), times(x[1], x[2]),
                                      arith::FastMathFlags::contract);
      sumRe = sumRe ? e.sum(sumRe, a) : a;
      sumIm = sumIm ? e.sum(sumIm, b) : b;
    }
    linalg::YieldOp::create(e, ValueRange{sumRe, sumIm});
  }
  for (Value result : op.getResults())
    e.setDims(result, sizes);
  return {e.reshape(op.getResult(0), flat), e.reshape(op.getResult(1), flat)};
}

/// Stages of two until a multiple of four levels is left, then two stages of four at a time: the
/// second writes where the first has read.
Signals FastTransform::forward(Signals signals, Value width) {
  SmallVector<Value> flat{e.mul(count, width)};
  auto carried = [&](ValueRange values) {
    for (Value value : values)
      e.setDims(value, flat);
    return Signals{values[0], values[1]};
  };
  auto results = [](Signals signals) { return SmallVector<Value>{signals.re, signals.im}; };
  Value single = arith::AndIOp::create(e, levels, e.index(3));
  Value rounds = arith::ShRUIOp::create(e, levels, e.index(2));
  SmallVector<Value> first =
      e.loop(single, results(signals), [&](Value i, ValueRange values) -> SmallVector<Value> {
        return results(stage(carried(values), std::nullopt, 2, shifted(e, i), width));
      });
  SmallVector<Value> all = e.loop(rounds, first, [&](Value i, ValueRange values) {
    Signals in = carried(values);
    Value done = shifted(e, e.add(single, e.mul(i, e.index(4))));
    Signals between = stage(in, std::nullopt, 4, done, width);
    return results(stage(between, in, 4, e.mul(done, e.index(4)), width));
  });
  return carried(all);
}
