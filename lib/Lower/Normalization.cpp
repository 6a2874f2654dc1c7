// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalizations, computed in f32 or wider.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Normalize.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// The sum of `term(element, mean)` over the axes, times `factor`.
static Value meanOf(Emitter &e, Value data, ArrayRef<int64_t> axes, Value center,
                    function_ref<Value(Value, Value)> term) {
  int64_t rank = rankOf(data);
  Type type = accumulatorType(e, elementType(data));
  AffineMap outer = withoutAxes(e, rank, axes);
  std::string kinds(rank, 'p');
  SmallVector<Value> sizes;
  for (int64_t axis : axes)
    kinds[axis] = 'r';
  for (int64_t axis = 0; axis < rank; ++axis)
    if (kinds[axis] == 'p')
      sizes.push_back(e.dim(data, axis));
  SmallVector<Access> reads{{data, e.identity(rank)}};
  if (center)
    reads.push_back({center, outer});
  Value sum = e.reduce(sizes, type, e.zero(type), outer, kinds, reads, [&](ValueRange x) {
    return e.sum(term(e.widen(x[0]), center ? x[1] : Value()), x.back());
  });
  Value count =
      e.product(llvm::map_to_vector(axes, [&](int64_t axis) { return e.dim(data, axis); }));
  return e.map(sizes, type, Access{sum, e.identity(sizes.size())}, [&](ValueRange x) -> Value {
    Value number = scalar::convert(e, e.fromIndex(count, e.getI64Type()), e.getI64Type(), type);
    return arith::DivFOp::create(e, x[0], number);
  });
}

static Value inverseRoot(Emitter &e, Value variance, double epsilon) {
  Type type = elementType(variance);
  return e.map(e.dims(variance), type, Access{variance, e.identity(rankOf(variance))},
               [&](ValueRange x) -> Value {
                 Value root =
                     math::SqrtOp::create(e, arith::AddFOp::create(e, x[0], e.real(epsilon, type)));
                 return arith::DivFOp::create(e, e.real(1, type), root);
               });
}

/// Where a weight of the trailing axes is read; its sizes of 1 are not run along.
static Access trailing(Emitter &e, Value weight, int64_t rank) {
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rankOf(weight); ++i)
    exprs.push_back(tensorType(weight).getDimSize(i) == 1
                        ? e.getAffineConstantExpr(0)
                        : e.getAffineDimExpr(rank - rankOf(weight) + i));
  return {weight, AffineMap::get(rank, 0, exprs, e.getContext())};
}

Normalized retort::normalize(Emitter &e, Operation *op, Value data, int64_t axis, Value weight,
                             Value bias, double epsilon, bool rms, bool roundFirst) {
  int64_t rank = rankOf(data);
  Type element = elementType(data);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(axis, rank));
  Normalized norm;
  if (!rms)
    norm.mean = meanOf(e, data, axes, {}, [](Value x, Value) { return x; });
  Value variance = meanOf(e, data, axes, norm.mean, [&](Value x, Value mean) -> Value {
    Value centered = mean ? arith::SubFOp::create(e, x, mean).getResult() : x;
    return arith::MulFOp::create(e, centered, centered);
  });
  norm.inverse = inverseRoot(e, variance, epsilon);
  AffineMap outer = withoutAxes(e, rank, axes);
  SmallVector<Access> reads{{data, e.identity(rank)}, {norm.inverse, outer}};
  if (norm.mean)
    reads.push_back({norm.mean, outer});
  for (Value factor : {weight, bias})
    if (factor) {
      for (int64_t i = 0; i < rankOf(factor); ++i)
        if (constantOf(e.dim(factor, i)) != 1)
          e.require(e.equal(e.dim(factor, i), e.dim(data, rank - rankOf(factor) + i)), op,
                    "the weight does not fit the input");
      reads.push_back(trailing(e, factor, rank));
    }
  norm.result = e.map(e.dims(data), element, reads, [&](ValueRange x) {
    unsigned next = 2;
    Value y = e.widen(x[0]);
    if (norm.mean)
      y = arith::SubFOp::create(e, y, x[next++]);
    y = arith::MulFOp::create(e, y, x[1]);
    if (roundFirst)
      y = e.widen(e.narrow(y, element));
    if (weight)
      y = arith::MulFOp::create(e, y, e.narrow(e.widen(x[next++]), y.getType()));
    if (bias)
      y = arith::AddFOp::create(e, y, e.narrow(e.widen(x[next++]), y.getType()));
    return e.narrow(y, element);
  });
  return norm;
}

/// Statistics keep the normalized axes with size 1.
static Value statistic(Emitter &e, Value data, int64_t axis, Value value, Type result) {
  SmallVector<Value> sizes = e.dims(data);
  for (int64_t i = axis; i < int64_t(sizes.size()); ++i)
    sizes[i] = e.index(1);
  Type element = storageType(cast<ShapedType>(result).getElementType());
  Value rounded = e.map(e.dims(value), element, Access{value, e.identity(rankOf(value))},
                        [&](ValueRange x) { return e.narrow(x[0], element); });
  return e.reshape(rounded, sizes);
}

static LogicalResult lowerLayerNormalization(Emitter &e, onnx::LayerNormalizationOp op) {
  Value data = e.get(op.getX());
  int64_t axis = frontAxis(op.getAxis(), rankOf(data));
  Normalized norm = normalize(e, op, data, axis, e.get(op.getScale()), e.get(op.getB()),
                              op.getEpsilon(), /*rms=*/false);
  e.set(op.getY(), norm.result);
  if (op.getMean())
    e.set(op.getMean(), statistic(e, data, axis, norm.mean, op.getMean().getType()));
  if (op.getInvStdDev())
    e.set(op.getInvStdDev(), statistic(e, data, axis, norm.inverse, op.getInvStdDev().getType()));
  return success();
}

static LogicalResult lowerSimplified(Emitter &e, onnx::SimplifiedLayerNormalizationOp op) {
  Value data = e.get(op.getX());
  int64_t axis = frontAxis(op.getAxis(), rankOf(data));
  Normalized norm =
      normalize(e, op, data, axis, e.get(op.getScale()), {}, op.getEpsilon(), /*rms=*/true);
  e.set(op.getY(), norm.result);
  if (op.getInvStdVar())
    e.set(op.getInvStdVar(), statistic(e, data, axis, norm.inverse, op.getInvStdVar().getType()));
  return success();
}

static Value lowerRmsNormalization(Emitter &e, onnx::RMSNormalizationOp op) {
  Value data = e.get(op.getX());
  return normalize(e, op, data, frontAxis(op.getAxis(), rankOf(data)), e.get(op.getScale()), {},
                   op.getEpsilon(), true)
      .result;
}

static Value lowerRmsNorm(Emitter &e, llm::RmsNormOp op) {
  Value data = e.get(op.getInput());
  return normalize(e, op, data, rankOf(data) - 1, e.get(op.getWeight()), {},
                   op.getEpsilon().convertToFloat(), true,
                   /*roundFirst=*/true)
      .result;
}

static Value optionalSum(Emitter &e, Operation *op, Value a, Value b) {
  if (!b)
    return a;
  requireFits(e, op, b, e.dims(a), "a summand does not fit the input");
  Broadcast broadcast(e, op, {a, b}, {}, e.typeFor(e.dims(a), elementType(a)));
  return broadcast.map(elementType(a), [&](ValueRange x) -> Value {
    return e.narrow(arith::AddFOp::create(e, e.widen(x[0]), e.widen(x[1])), elementType(a));
  });
}

/// input + skip + bias, normalized; the sum is a result too.
template <typename OpT> static LogicalResult lowerSkip(Emitter &e, OpT op, Value beta, bool rms) {
  Value sum = optionalSum(e, op, optionalSum(e, op, e.get(op.getInput()), e.get(op.getSkip())),
                          e.get(op.getBias()));
  int64_t axis = rankOf(sum) - 1;
  Normalized norm = normalize(e, op, sum, axis, e.get(op.getGamma()), beta, op.getEpsilon(), rms);
  e.set(op.getOutput(), norm.result);
  if (op.getMean())
    e.set(op.getMean(), norm.mean ? statistic(e, sum, axis, norm.mean, op.getMean().getType())
                                  : statistic(e, sum, axis, norm.inverse, op.getMean().getType()));
  if (op.getInvStdVar())
    e.set(op.getInvStdVar(), statistic(e, sum, axis, norm.inverse, op.getInvStdVar().getType()));
  if (op.getInputSkipBiasSum())
    e.set(op.getInputSkipBiasSum(), sum);
  return success();
}

static LogicalResult lowerSkipLayer(Emitter &e, onnx::MicrosoftSkipLayerNormalizationOp op) {
  return lowerSkip(e, op, e.get(op.getBeta()), /*rms=*/false);
}

static LogicalResult lowerSkipSimplified(Emitter &e,
                                         onnx::MicrosoftSkipSimplifiedLayerNormalizationOp op) {
  return lowerSkip(e, op, {}, /*rms=*/true);
}

/// Each channel by given statistics.
static Value lowerBatchNormalization(Emitter &e, onnx::BatchNormalizationOp op) {
  if (op.getTrainingMode())
    return op.emitOpError("in training mode has no lowering to CPU code"), Value();
  Value data = e.get(op.getX());
  int64_t rank = rankOf(data);
  SmallVector<Access> reads{{data, e.identity(rank)}};
  for (Value each : {op.getScale(), op.getB(), op.getInputMean(), op.getInputVar()}) {
    requireSizes(e, op, e.get(each), e.dim(data, 1), "the statistics do not fit the channels");
    reads.push_back({e.get(each), e.project(rank, 1)});
  }
  return e.map(e.dims(data), elementType(data), reads, [&](ValueRange elements) {
    auto x = llvm::map_to_vector(elements, [&](Value element) { return e.widen(element); });
    Value root = math::SqrtOp::create(
        e, arith::AddFOp::create(e, x[4], e.real(op.getEpsilon(), x[4].getType())));
    Value norm = arith::DivFOp::create(e, arith::SubFOp::create(e, x[0], x[3]), root);
    return e.narrow(arith::AddFOp::create(e, arith::MulFOp::create(e, norm, x[1]), x[2]),
                    elementType(data));
  });
}

/// Groups of channels, all places of a group together; then a factor and a summand for each
/// channel.
static Value normalizeGroups(Emitter &e, Operation *op, Value data, Value groups, Value scale,
                             Value bias, double epsilon) {
  int64_t rank = rankOf(data);
  SmallVector<Value> sizes = e.dims(data);
  for (Value each : {scale, bias})
    requireSizes(e, op, each, sizes[1], "the weight does not fit the channels");
  e.require(e.equal(e.mul(e.divide(sizes[1], groups), groups), sizes[1]), op,
            "the groups do not divide the channels");
  Value places = e.product(ArrayRef<Value>(sizes).drop_front(2));
  Value flat = e.reshape(data, {sizes[0], groups, e.mul(e.divide(sizes[1], groups), places)});
  Value norm = e.reshape(normalize(e, op, flat, 2, {}, {}, epsilon, /*rms=*/false).result, sizes);
  return e.map(sizes, elementType(data),
               {{norm, e.identity(rank)}, {scale, e.project(rank, 1)}, {bias, e.project(rank, 1)}},
               [&](ValueRange x) {
                 Value product = arith::MulFOp::create(e, e.widen(x[0]), e.widen(x[1]));
                 return e.narrow(arith::AddFOp::create(e, product, e.widen(x[2])),
                                 elementType(data));
               });
}

static Value lowerGroupNormalization(Emitter &e, onnx::GroupNormalizationOp op) {
  return normalizeGroups(e, op, e.get(op.getX()), e.index(op.getNumGroups()), e.get(op.getScale()),
                         e.get(op.getBias()), op.getEpsilon());
}

static Value lowerInstanceNormalization(Emitter &e, onnx::InstanceNormalizationOp op) {
  Value data = e.get(op.getInput());
  return normalizeGroups(e, op, data, e.dim(data, 1), e.get(op.getScale()), e.get(op.getB()),
                         op.getEpsilon());
}

void retort::addNormalizationLowerings(Lowering &lowering) {
  lowering.add(lowerLayerNormalization);
  lowering.add(lowerSimplified);
  lowering.add(lowerRmsNormalization);
  lowering.add(lowerRmsNorm);
  lowering.add(lowerSkipLayer);
  lowering.add(lowerSkipSimplified);
  lowering.add(lowerBatchNormalization);
  lowering.add(lowerGroupNormalization);
  lowering.add(lowerInstanceNormalization);
}
