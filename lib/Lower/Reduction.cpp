// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions. Floating-point numbers are accumulated in f32 or wider.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

Type retort::accumulatorType(Emitter &e, Type element) {
  auto real = dyn_cast<FloatType>(element);
  return real && real.getWidth() < 32 ? Type(e.getF32Type()) : element;
}

AffineMap retort::withoutAxes(Emitter &e, int64_t rank, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(axes, i))
      kept.push_back(i);
  return e.project(rank, kept);
}

Value retort::reduceAxes(Emitter &e, Value tensor, ArrayRef<int64_t> axes, Value start,
                         function_ref<Value(Value, Value)> step) {
  int64_t rank = rankOf(tensor);
  std::string loops(rank, 'p');
  for (int64_t axis : axes)
    loops[axis] = 'r';
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < rank; ++i)
    if (loops[i] == 'p')
      sizes.push_back(e.dim(tensor, i));
  return e.reduce(sizes, start.getType(), start, withoutAxes(e, rank, axes), loops,
                  Access{tensor, e.identity(rank)},
                  [&](ValueRange x) { return step(e.widen(x[0]), x[1]); });
}

namespace {
/// One Reduce* operation at work: a loop nest over the data, and where the result lies in it.
///
/// Axes that are constant are loops of their own. Of others only the run knows which are reduced:
/// then each axis is two loops, of which one runs once, and the data are read at their sum.
struct Reduction {
  Reduction(Emitter &e, Operation *op, Value data, const NamedAxes &axes);

  using Step = function_ref<Value(Value element, Value accumulator)>;
  Value run(Value start, Step step) {
    return run(start, {}, [&](ValueRange x) { return step(e.widen(x.front()), x.back()); });
  }
  /// `others` have the shape of the result.
  Value run(Value start, ArrayRef<Value> others, Emitter::Body body);
  Value sum(function_ref<Value(Value)> term) {
    return run(e.zero(accumulator), [&](Value x, Value sum) { return e.sum(term(x), sum); });
  }
  /// Applies a function to the reduced numbers, and rounds.
  Value finish(Value reduced, function_ref<Value(Value)> function) {
    Type element = resultElement(op);
    return e.map(e.dims(reduced), element, Access{reduced, e.identity(rankOf(reduced))},
                 [&](ValueRange x) {
                   Value y = function(x[0]);
                   return isa<FloatType>(element) ? e.narrow(y, element) : y;
                 });
  }
  /// The result with or without the axes that are reduced.
  Value shape(Value reduced, bool keep, const NamedAxes &axes);

  Emitter &e;
  Operation *op;
  Value data, window; // the latter for the sizes of loops that read nothing else
  Type accumulator;
  Value count; // of the elements that one result is made of
  SmallVector<Value> sizes;
  std::string loops;
  AffineMap read, written, windowed;
};
} // namespace

Reduction::Reduction(Emitter &e, Operation *op, Value data, const NamedAxes &axes)
    : e(e), op(op), data(data), accumulator(accumulatorType(e, elementType(data))) {
  int64_t rank = rankOf(data);
  if (axes.areConstant()) {
    SmallVector<int64_t> reduced = axes.constants();
    loops.assign(rank, 'p');
    SmallVector<Value> lengths;
    for (int64_t axis : reduced) {
      loops[axis] = 'r';
      lengths.push_back(e.dim(data, axis));
    }
    for (int64_t axis = 0; axis < rank; ++axis)
      if (loops[axis] == 'p')
        sizes.push_back(e.dim(data, axis));
    count = e.product(lengths);
    read = e.identity(rank);
    written = withoutAxes(e, rank, reduced);
    return;
  }
  loops = std::string(rank, 'p') + std::string(rank, 'r');
  SmallVector<Value> lengths;
  SmallVector<AffineExpr> places;
  for (int64_t axis = 0; axis < rank; ++axis) {
    Value size = e.dim(data, axis), one = e.index(1);
    sizes.push_back(e.choose(axes.contains(axis), one, size));
    lengths.push_back(e.choose(axes.contains(axis), size, one));
    places.push_back(e.getAffineDimExpr(axis) + e.getAffineDimExpr(rank + axis));
  }
  count = e.product(lengths);
  window = e.empty(lengths, e.getI1Type());
  read = AffineMap::get(2 * rank, 0, places, e.getContext());
  written = e.project(2 * rank, llvm::to_vector(llvm::seq(rank)));
  windowed = e.project(2 * rank, llvm::to_vector(llvm::seq(rank, 2 * rank)));
}

Value Reduction::run(Value start, ArrayRef<Value> others, Emitter::Body body) {
  SmallVector<Access> reads{{data, read}};
  for (Value other : others)
    reads.push_back({other, written});
  if (window)
    reads.push_back({window, windowed});
  return e.reduce(sizes, start.getType(), start, written, loops, reads, [&](ValueRange x) {
    SmallVector<Value> elements(x);
    if (window)
      elements.erase(elements.end() - 2);
    return body(elements);
  });
}

Value Reduction::shape(Value reduced, bool keep, const NamedAxes &axes) {
  SmallVector<Value> kept = e.dims(data);
  for (auto [axis, size] : llvm::enumerate(kept))
    size = e.choose(axes.contains(axis), e.index(1), size);
  if (keep)
    return e.reshape(reduced, kept);
  if (axes.areConstant())
    return reduced;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Value names = e.index(0);
  for (int64_t axis = 0; axis < axes.rank(); ++axis)
    names = e.add(names, e.choose(axes.contains(axis), e.index(1), e.index(0)));
  e.require(e.equal(e.add(names, e.index(type.getRank())), e.index(axes.rank())), op,
            "the number of axes is not the one that is declared");
  return e.reshape(reduced, e.refine(type, axes.drop(e.dims(data), type.getRank())));
}

static Value same(Value x) { return x; }

static Value absolute(Emitter &e, Value x) {
  if (isa<FloatType>(x.getType()))
    return math::AbsFOp::create(e, x);
  return math::AbsIOp::create(e, x);
}

/// log(sum(exp(x - max))) + max; an infinite maximum is taken as it is.
static Value logSumExp(Reduction &r) {
  Emitter &e = r.e;
  Value highest = r.run(e.lowest(r.accumulator),
                        [&](Value x, Value best) { return scalar::maximum(e, x, best, false); });
  auto finite = [&](Value x) -> Value {
    Value isInfinite = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ,
                                             math::AbsFOp::create(e, x), e.highest(x.getType()));
    return arith::SelectOp::create(e, isInfinite, e.zero(x.getType()), x);
  };
  Value sum = r.run(e.zero(r.accumulator), highest, [&](ValueRange x) {
    Value shifted = arith::SubFOp::create(e, e.widen(x[0]), finite(x[1]));
    return e.sum(math::ExpOp::create(e, shifted), x[2]);
  });
  Type element = resultElement(r.op);
  AffineMap all = e.identity(rankOf(sum));
  return e.map(e.dims(sum), element, {{sum, all}, {highest, all}}, [&](ValueRange x) {
    Value log = math::LogOp::create(e, x[0]);
    return e.narrow(arith::AddFOp::create(e, log, finite(x[1])), element);
  });
}

static Value reduceMean(Reduction &r) {
  Emitter &e = r.e;
  Value count = e.fromIndex(r.count, e.getI64Type());
  if (!isa<FloatType>(r.accumulator) && !(constantOf(r.count).value_or(0) > 0))
    e.require(e.less(e.index(0), r.count), "expects integers to take the mean of");
  return r.finish(r.sum(same), [&](Value sum) {
    Value number = scalar::convert(e, count, e.getI64Type(), sum.getType());
    return scalar::divide(e, sum, number, isUnsignedElement(elementType(r.op->getOperand(0))));
  });
}

static Value reduceExtreme(Reduction &r, bool isMax) {
  Emitter &e = r.e;
  bool isUnsigned = isUnsignedElement(elementType(r.op->getOperand(0)));
  Value start = isMax ? e.lowest(r.accumulator, isUnsigned) : e.highest(r.accumulator, isUnsigned);
  Value best = r.run(start, [&](Value x, Value best) {
    return isMax ? scalar::maximum(e, x, best, isUnsigned)
                 : scalar::minimum(e, x, best, isUnsigned);
  });
  return r.accumulator == resultElement(r.op) ? best : r.finish(best, same);
}

static Value logOf(Emitter &e, Value x) { return math::LogOp::create(e, x); }
static Value rootOf(Emitter &e, Value x) { return math::SqrtOp::create(e, x); }

static Value reduceBy(Reduction &r, StringRef kind) {
  Emitter &e = r.e;
  auto square = [&](Value x) { return scalar::multiply(e, x, x); };
  if (kind == "Max" || kind == "Min")
    return reduceExtreme(r, kind == "Max");
  if (kind == "Mean")
    return reduceMean(r);
  if (kind == "LogSumExp")
    return logSumExp(r);
  if (kind == "Prod")
    return r.finish(r.run(scalar::number(e, 1, r.accumulator),
                          [&](Value x, Value product) { return scalar::multiply(e, x, product); }),
                    same);
  if (kind == "L1")
    return r.finish(r.sum([&](Value x) { return absolute(e, x); }), same);
  if (kind == "L2")
    return r.finish(r.sum(square), [&](Value sum) -> Value {
      if (isa<FloatType>(sum.getType()))
        return rootOf(e, sum);
      Value real = scalar::convert(e, sum, sum.getType(), e.getF64Type());
      return scalar::convert(e, rootOf(e, real), e.getF64Type(), sum.getType());
    });
  if (kind == "SumSquare")
    return r.finish(r.sum(square), same);
  if (kind == "LogSum")
    return r.finish(r.sum(same), [&](Value sum) { return logOf(e, sum); });
  Value sum = r.sum(same);
  return r.accumulator == resultElement(r.op) ? sum : r.finish(sum, same);
}

template <typename OpT> static Value lowerReduce(Emitter &e, OpT op) {
  Value data = e.get(op.getData());
  Value names = e.get(op.getAxes());
  if (!names && op.getNoopWithEmptyAxes())
    names = e.fromScalars(RankedTensorType::get(0, e.getI64Type()), {});
  NamedAxes axes(e, op, names, rankOf(data));
  if (!op.getNoopWithEmptyAxes())
    axes.nameAllIf(e.equal(axes.count(), e.index(0)));
  Reduction reduction(e, op, data, axes);
  StringRef kind = OpT::getOperationName();
  kind.consume_front("onnx.Reduce");
  return reduction.shape(reduceBy(reduction, kind), op.getKeepdims(), axes);
}

/// The position of the extreme element; the first of equals, or the last.
template <typename OpT> static Value lowerArg(Emitter &e, OpT op) {
  constexpr bool isMax = std::is_same_v<OpT, onnx::ArgMaxOp>;
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  bool isUnsigned = isUnsignedElement(elementType(op.getData()));
  e.require(e.less(e.index(0), e.dim(data, axis)), "expects elements along the axis");
  SmallVector<Value> sizes = e.dims(data);
  sizes.erase(sizes.begin() + axis);
  Value positions = e.generate(sizes, e.getI64Type(), [&](ValueRange outer) {
    SmallVector<Value> at(outer);
    at.insert(at.begin() + axis, e.index(0));
    Value first = e.extract(data, at);
    auto best = e.loop(e.dim(data, axis), {first, e.index(0)}, [&](Value i, ValueRange best) {
      at[axis] = i;
      Value x = e.extract(data, at);
      Value a = isMax ? best[0] : x, b = isMax ? x : best[0];
      Value wins = op.getSelectLastIndex() ? scalar::lessOrEqual(e, a, b, isUnsigned)
                                           : scalar::less(e, a, b, isUnsigned);
      return SmallVector<Value>{e.choose(wins, x, best[0]), e.choose(wins, i, best[1])};
    });
    return e.fromIndex(best[1], e.getI64Type());
  });
  if (!op.getKeepdims())
    return positions;
  sizes.insert(sizes.begin() + axis, e.index(1));
  return e.reshape(positions, sizes);
}

void retort::addReductionLowerings(Lowering &lowering) {
  lowering.add(lowerReduce<onnx::ReduceL1Op>);
  lowering.add(lowerReduce<onnx::ReduceL2Op>);
  lowering.add(lowerReduce<onnx::ReduceLogSumOp>);
  lowering.add(lowerReduce<onnx::ReduceLogSumExpOp>);
  lowering.add(lowerReduce<onnx::ReduceMaxOp>);
  lowering.add(lowerReduce<onnx::ReduceMeanOp>);
  lowering.add(lowerReduce<onnx::ReduceMinOp>);
  lowering.add(lowerReduce<onnx::ReduceProdOp>);
  lowering.add(lowerReduce<onnx::ReduceSumOp>);
  lowering.add(lowerReduce<onnx::ReduceSumSquareOp>);
  lowering.add(lowerArg<onnx::ArgMaxOp>);
  lowering.add(lowerArg<onnx::ArgMinOp>);
}
