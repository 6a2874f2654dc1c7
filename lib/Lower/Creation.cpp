// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that make tensors from shapes and numbers.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Constants.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

static Value lowerShape(Emitter &e, onnx::ShapeOp op) {
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data);
  auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  int64_t start = clamp(op.getStart()), end = clamp(op.getEnd().value_or(rank));
  SmallVector<Value> elements;
  for (int64_t axis = start; axis < end; ++axis)
    elements.push_back(e.fromIndex(e.dim(data, axis), e.getI64Type()));
  return e.fromScalars(RankedTensorType::get(elements.size(), e.getI64Type()), elements);
}

static Value lowerSize(Emitter &e, onnx::SizeOp op) {
  Value count = e.product(e.dims(e.get(op.getData())));
  return e.fromScalars(RankedTensorType::get({}, e.getI64Type()),
                       e.fromIndex(count, e.getI64Type()));
}

static Value lowerConstantOfShape(Emitter &e, onnx::ConstantOfShapeOp op) {
  auto sizes = sizesFrom(e, op, e.get(op.getInput()), op->getResult(0).getType());
  if (failed(sizes))
    return {};
  Type element = resultElement(op);
  Value scalar = e.zero(element);
  if (op.getValue()) {
    auto view = onnx::ConstantView::of(Attribute(*op.getValue()));
    if (!view)
      return op.emitOpError("holds no data of its type"), Value();
    scalar = e.constant(heldElement(*view, 0));
  }
  RankedTensorType type = e.typeFor(*sizes, element);
  if (Emitter::isSmall(type))
    return e.fromScalars(type, SmallVector<Value>(type.getNumElements(), scalar));
  return e.fill(*sizes, scalar);
}

/// ceil((limit - start) / delta) of floats; infinity and NaN are no number of elements.
static Value countFloats(Emitter &e, Value start, Value limit, Value delta) {
  Type wide = e.getF64Type();
  auto widen = [&](Value x) { return e.narrow(x, wide); };
  Value length = arith::SubFOp::create(e, widen(limit), widen(start));
  Value steps = math::CeilOp::create(e, arith::DivFOp::create(e, length, widen(delta)));
  e.require(arith::CmpFOp::create(e, arith::CmpFPredicate::OLE, steps, e.real(1e15, wide)),
            "expects a range that ends, and fits into memory");
  Value count = arith::MaxNumFOp::create(e, steps, e.zero(wide));
  return e.toIndex(e.createOrFold<arith::FPToSIOp>(e.getI64Type(), count));
}

/// The same of integers. Their difference may be beyond any of them that has a sign.
static Value countIntegers(Emitter &e, Value start, Value limit, Value delta) {
  Value first = e.toIndex(start), last = e.toIndex(limit), step = e.toIndex(delta);
  Value zero = e.index(0), one = e.index(1);
  if (constantOf(step) == 1 &&
      (constantOf(first) == 0 || (e.isBounded(first) && e.isBounded(last))))
    return e.sub(last, first);
  e.require(e.equal(e.equal(step, zero), e.integer(0, e.getI1Type())),
            "expects a step other than 0");
  Value isUp = e.less(zero, step), low = e.choose(isUp, first, last),
        high = e.choose(isUp, last, first), stride = e.choose(isUp, step, e.sub(zero, step));
  stride = e.createOrFold<arith::MaxUIOp>(stride, one); // the check stops the run, not the division
  Value steps = e.createOrFold<arith::DivUIOp>(e.sub(e.sub(high, low), one), stride);
  Value count = e.choose(e.less(low, high), e.add(steps, one), zero);
  e.require(e.lessOrEqual(zero, count), "not enough memory for so many numbers");
  return count;
}

/// max(ceil((limit - start) / delta), 0) elements.
static Value lowerRange(Emitter &e, onnx::RangeOp op) {
  Value start = onlyElement(e, e.get(op.getStart()), "number 'start'"),
        limit = onlyElement(e, e.get(op.getLimit()), "number 'limit'"),
        delta = onlyElement(e, e.get(op.getDelta()), "number 'delta'");
  Type element = resultElement(op);
  Value count = isa<FloatType>(element) ? countFloats(e, start, limit, delta)
                                        : countIntegers(e, start, limit, delta);
  count = e.max(count, e.index(0));
  SmallVector<Value> sizes = e.refine(op->getResult(0).getType(), count);
  return e.generate(sizes, element, [&](ValueRange indices) -> Value {
    if (isa<FloatType>(element)) {
      Value position =
          scalar::convert(e, e.fromIndex(indices[0], e.getI64Type()), e.getI64Type(), element);
      return arith::AddFOp::create(e, start, arith::MulFOp::create(e, position, delta));
    }
    return e.add(start, e.mul(e.fromIndex(indices[0], element), delta));
  });
}

static Value lowerEyeLike(Emitter &e, onnx::EyeLikeOp op) {
  Type element = resultElement(op);
  return e.generate(e.dims(e.get(op.getInput())), element, [&](ValueRange indices) -> Value {
    Value isOne = e.equal(e.add(indices[0], e.index(op.getK())), indices[1]);
    return arith::SelectOp::create(e, isOne, scalar::number(e, 1, element), e.zero(element));
  });
}

static Value lowerOneHot(Emitter &e, onnx::OneHotOp op) {
  Value indices = e.get(op.getIndices()), depth = e.get(op.getDepth()),
        values = e.get(op.getValues());
  int64_t rank = rankOf(indices);
  int64_t axis = op.getAxis() < 0 ? op.getAxis() + rank + 1 : op.getAxis();
  Type depthType = elementType(op.getDepth());
  Value count =
      e.toIndex(scalar::convert(e, onlyElement(e, depth, "depth"), depthType, e.getI64Type()));
  e.requireEqual(e.dim(values, 0), e.index(2), "expects two values");
  SmallVector<Value> sizes = e.dims(indices);
  sizes.insert(sizes.begin() + axis, count);
  SmallVector<int64_t> others;
  for (int64_t i = 0; i <= rank; ++i)
    if (i != axis)
      others.push_back(i);
  sizes = e.refine(op->getResult(0).getType(), sizes);
  Type from = elementType(op.getIndices());
  return e.mapIndexed(
      sizes, resultElement(op), Access{indices, e.project(rank + 1, others)},
      [&](ValueRange at, ValueRange elements) -> Value {
        Value hot =
            e.wrapIndex(e.toIndex(scalar::convert(e, elements[0], from, e.getI64Type())), count);
        return e.choose(e.equal(hot, at[axis]), e.extract(values, e.index(1)),
                        e.extract(values, e.index(0)));
      });
}

void retort::addCreationLowerings(Lowering &lowering) {
  lowering.add(lowerShape);
  lowering.add(lowerSize);
  lowering.add(lowerConstantOfShape);
  lowering.add(lowerRange);
  lowering.add(lowerEyeLike);
  lowering.add(lowerOneHot);
}
