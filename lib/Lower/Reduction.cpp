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
/// One Reduce* operation at work.
struct Reduction {
  Emitter &e;
  Operation *op;
  Value data;
  SmallVector<int64_t> axes;
  Type accumulator;

  using Step = function_ref<Value(Value, Value)>;
  Value run(Value start, Step step) { return reduceAxes(e, data, axes, start, step); }
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
  Value count() {
    SmallVector<Value> sizes =
        llvm::map_to_vector(axes, [&](int64_t axis) { return e.dim(data, axis); });
    return e.product(sizes);
  }
};
} // namespace

static Value same(Value x) { return x; }

static Value absolute(Emitter &e, Value x) {
  if (isa<FloatType>(x.getType()))
    return math::AbsFOp::create(e, x);
  return math::AbsIOp::create(e, x);
}

/// log(sum(exp(x - max))) + max; an infinite maximum is taken as it is.
static Value logSumExp(Reduction &r) {
  Emitter &e = r.e;
  int64_t rank = rankOf(r.data);
  Value highest = r.run(e.lowest(r.accumulator),
                        [&](Value x, Value best) { return scalar::maximum(e, x, best, false); });
  auto finite = [&](Value x) -> Value {
    Value isInfinite = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ,
                                             math::AbsFOp::create(e, x), e.highest(x.getType()));
    return arith::SelectOp::create(e, isInfinite, e.zero(x.getType()), x);
  };
  AffineMap map = withoutAxes(e, rank, r.axes);
  std::string loops(rank, 'p');
  for (int64_t axis : r.axes)
    loops[axis] = 'r';
  Value sum = e.reduce(e.dims(highest), r.accumulator, e.zero(r.accumulator), map, loops,
                       {{r.data, e.identity(rank)}, {highest, map}}, [&](ValueRange x) {
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
  Value count = e.fromIndex(r.count(), e.getI64Type());
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

/// Puts sizes of 1 where `axes` were.
static Value keepAxes(Emitter &e, Value data, Value reduced, ArrayRef<int64_t> axes) {
  SmallVector<Value> sizes = e.dims(data);
  for (int64_t axis : axes)
    sizes[axis] = e.index(1);
  return e.reshape(reduced, sizes);
}

template <typename OpT> static Value lowerReduce(Emitter &e, OpT op) {
  Value data = e.get(op.getData());
  auto axes = axesFrom(e, op, e.get(op.getAxes()), rankOf(data));
  if (failed(axes))
    return {};
  if (op.getAxes() && axes->empty() && !op.getNoopWithEmptyAxes())
    axes = llvm::to_vector(llvm::seq(rankOf(data)));
  else if (!op.getAxes() && op.getNoopWithEmptyAxes())
    axes->clear();
  Reduction reduction{e, op, data, *axes, accumulatorType(e, elementType(data))};
  StringRef kind = OpT::getOperationName();
  kind.consume_front("onnx.Reduce");
  Value result = reduceBy(reduction, kind);
  return op.getKeepdims() ? keepAxes(e, data, result, *axes) : result;
}

/// The position of the extreme element; the first of equals, or the last.
template <typename OpT> static Value lowerArg(Emitter &e, OpT op) {
  constexpr bool isMax = std::is_same_v<OpT, onnx::ArgMaxOp>;
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  bool isUnsigned = isUnsignedElement(elementType(op.getData()));
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
  return op.getKeepdims() ? keepAxes(e, data, positions, axis) : positions;
}

/// Along the axis each element adds the one before it.
static Value lowerCumSum(Emitter &e, onnx::CumSumOp op) {
  Value data = e.get(op.getX());
  auto axes = axesFrom(e, op, e.get(op.getAxis()), rankOf(data));
  if (failed(axes) || axes->empty())
    return {};
  int64_t axis = axes->front();
  Value size = e.dim(data, axis), zero = e.zero(elementType(data));
  Value start = e.empty(e.dims(data), elementType(data));
  return e.forEach(e.dims(data), start, [&](ValueRange indices, Value sums) -> Value {
    SmallVector<Value> here(indices), before(indices);
    Value isFirst = e.equal(indices[axis], e.index(0));
    Value previous = e.max(e.sub(indices[axis], e.index(1)), e.index(0));
    auto place = [&](Value i) { return op.getReverse() ? e.sub(e.sub(size, e.index(1)), i) : i; };
    here[axis] = place(indices[axis]);
    before[axis] = place(previous);
    Value sum = e.choose(isFirst, zero, tensor::ExtractOp::create(e, sums, before));
    Value term = e.extract(data, op.getExclusive() ? before : here);
    if (op.getExclusive())
      term = e.choose(isFirst, zero, term);
    return tensor::InsertOp::create(e, scalar::add(e, sum, term), sums, here);
  });
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
  lowering.add(lowerCumSum);
}
