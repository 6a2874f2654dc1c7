// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations with two or more operands, which broadcast.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

static bool readsUnsigned(Operation *op) {
  return isUnsignedElement(elementType(op->getOperand(0)));
}

/// Adds a lowering from a function of two numbers and their sign.
using Combine = Value (*)(Emitter &, Value, Value, bool isUnsigned);
template <typename OpT> static void addBinary(Lowering &lowering, Combine combine) {
  lowering.add(OpT::getOperationName(), [combine](Emitter &e, Operation *op) {
    e.set(op->getResult(0), lowerElementwise(e, op, [&](ValueRange x) {
            Value result = x[0];
            for (Value next : x.drop_front())
              result = combine(e, result, next, readsUnsigned(op));
            return result;
          }));
    return success();
  });
}

/// No integer is divided by zero. Asked once, before the loop that divides; of constants now.
static void requireDivisors(Emitter &e, Operation *op) {
  Value original = op->getOperand(1);
  if (isa<FloatType>(elementType(original)))
    return;
  if (auto view = onnx::ConstantView::of(original))
    if (llvm::none_of(llvm::seq(view->size()), [&](int64_t i) { return view->intAt(i) == 0; }))
      return;
  Value divisors = e.get(original), allRight = e.integer(1, e.getI1Type()),
        zero = e.zero(elementType(divisors));
  auto isRight = [&](Value x, Value before) {
    return e.both(before, e.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ne, x, zero));
  };
  if (Emitter::isSmall(divisors.getType())) {
    for (Value divisor : e.scalars(divisors))
      allRight = isRight(divisor, allRight);
  } else {
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(rankOf(divisors)));
    allRight = e.extract(reduceAxes(e, divisors, axes, allRight, isRight));
  }
  e.require(allRight, op, "a division by zero");
}

static Value lowerDiv(Emitter &e, onnx::DivOp op) {
  requireDivisors(e, op);
  return lowerElementwise(
      e, op, [&](ValueRange x) { return scalar::divide(e, x[0], x[1], readsUnsigned(op)); });
}

/// On real numbers narrower than f32 the sum is rounded once.
static Value lowerMean(Emitter &e, onnx::MeanOp op) {
  Type element = resultElement(op);
  return lowerElementwise(e, op, [&](ValueRange x) {
    Value sum = e.widen(x[0]);
    for (Value next : x.drop_front())
      sum = scalar::add(e, sum, e.widen(next));
    Value count = scalar::number(e, x.size(), sum.getType());
    Value mean = scalar::divide(e, sum, count, readsUnsigned(op));
    return isa<FloatType>(element) ? e.narrow(mean, element) : mean;
  });
}

/// The remainder has the sign of the divisor, or with `fmod` that of the dividend.
static Value lowerMod(Emitter &e, onnx::ModOp op) {
  requireDivisors(e, op);
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Value a = x[0], b = x[1], zero = e.zero(x[0].getType());
    if (isa<FloatType>(a.getType())) {
      Value rest = arith::RemFOp::create(e, e.widen(a), e.widen(b));
      if (!op.getFmod()) {
        Value wide = e.widen(b), none = e.zero(rest.getType());
        Value differ = arith::XOrIOp::create(e, scalar::less(e, rest, none, false),
                                             scalar::less(e, wide, none, false));
        Value isZero = scalar::equal(e, rest, none);
        Value moved = arith::AddFOp::create(e, rest, wide);
        rest = arith::SelectOp::create(e, isZero, rest,
                                       arith::SelectOp::create(e, differ, moved, rest));
      }
      return e.narrow(rest, a.getType());
    }
    Value rest = scalar::remainder(e, a, b, readsUnsigned(op));
    if (readsUnsigned(op) || op.getFmod())
      return rest;
    Value differ = arith::CmpIOp::create(e, arith::CmpIPredicate::slt,
                                         arith::XOrIOp::create(e, rest, b), zero);
    Value isZero = e.equal(rest, zero);
    Value moved = arith::AddIOp::create(e, rest, b);
    return arith::SelectOp::create(e, isZero, rest,
                                   arith::SelectOp::create(e, differ, moved, rest));
  });
}

/// Powers that are products and roots are computed as such: they are what models use most.
static Value powerOfReal(Emitter &e, Value base, Value exponent) {
  FloatAttr known;
  if (matchPattern(exponent, m_Constant(&known))) {
    double value = known.getValueAsDouble();
    if (value == 1)
      return base;
    Value square =
        value == 2 || value == 3 ? arith::MulFOp::create(e, base, base).getResult() : Value();
    if (value == 2)
      return square;
    if (value == 3)
      return arith::MulFOp::create(e, square, base);
    if (value == 0.5)
      return math::SqrtOp::create(e, base);
  }
  return math::PowFOp::create(e, base, exponent);
}

/// By squaring; `exponent` has 64 bits. Below zero only 1 and -1 have powers that are integers, the
/// others give 0.
static Value powerOfInteger(Emitter &e, Value base, Value exponent, bool isUnsigned) {
  Value one = e.integer(1, base.getType()), zero = e.zero(exponent.getType());
  Value result = e.loop(e.index(64), {one, base, exponent}, [&](Value, ValueRange carried) {
    Value isOdd = e.createOrFold<arith::TruncIOp>(e.getI1Type(), carried[2]);
    Value product = arith::MulIOp::create(e, carried[0], carried[1]);
    Value power = arith::SelectOp::create(e, isOdd, product, carried[0]);
    Value square = arith::MulIOp::create(e, carried[1], carried[1]);
    Value rest = arith::ShRUIOp::create(e, carried[2], e.integer(1, carried[2].getType()));
    return SmallVector<Value>{power, square, rest};
  })[0];
  if (isUnsigned)
    return result;
  // The power of -1 by the bits of a number below zero is right: only the lowest bit counts.
  Value isUnit = e.either(e.equal(base, one), e.equal(base, e.integer(-1, base.getType())));
  Value below = e.choose(isUnit, result, e.zero(base.getType()));
  return e.choose(e.less(exponent, zero), below, result);
}

static Value lowerPow(Emitter &e, onnx::PowOp op) {
  Type base = elementType(op->getOperand(0)), exponent = elementType(op->getOperand(1));
  Type held = resultElement(op);
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    if (!isa<FloatType>(base) && !isa<FloatType>(exponent))
      return powerOfInteger(e, x[0], scalar::convert(e, x[1], exponent, e.getI64Type()),
                            isUnsignedElement(exponent));
    Type wide = base.isF64() || exponent.isF64() || base.isInteger(64) ? Type(e.getF64Type())
                                                                       : Type(e.getF32Type());
    Value result = powerOfReal(e, scalar::convert(e, x[0], base, wide),
                               scalar::convert(e, x[1], exponent, wide));
    return scalar::convert(e, result, wide, base);
  });
}

static Value lowerPRelu(Emitter &e, onnx::PReluOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Value isBelow = scalar::less(e, x[0], e.zero(x[0].getType()), readsUnsigned(op));
    return arith::SelectOp::create(e, isBelow, scalar::multiply(e, x[0], x[1]), x[0]);
  });
}

/// swish(a) b.
static Value lowerSwiGlu(Emitter &e, onnx::SwiGLUOp op) {
  Type element = resultElement(op);
  return lowerElementwise(e, op, [&](ValueRange x) {
    Value a = e.widen(x[0]), b = e.widen(x[1]);
    Value gate = scalar::sigmoid(e, scalar::multiply(e, a, e.real(op.getAlpha(), a.getType())));
    return e.narrow(scalar::multiply(e, scalar::multiply(e, a, gate), b), element);
  });
}

/// Shifting by the width or more leaves nothing but the sign.
static Value lowerBitShift(Emitter &e, onnx::BitShiftOp op) {
  bool left = op.getDirection() == "LEFT";
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Type type = x[0].getType();
    if (!left && !readsUnsigned(op)) {
      Value most = e.integer(type.getIntOrFloatBitWidth() - 1, type);
      return arith::ShRSIOp::create(e, x[0], arith::MinUIOp::create(e, x[1], most));
    }
    Value fits = arith::CmpIOp::create(e, arith::CmpIPredicate::ult, x[1],
                                       e.integer(type.getIntOrFloatBitWidth(), type));
    Value distance = arith::SelectOp::create(e, fits, x[1], e.zero(type));
    Value shifted = left ? arith::ShLIOp::create(e, x[0], distance).getResult()
                         : arith::ShRUIOp::create(e, x[0], distance).getResult();
    return arith::SelectOp::create(e, fits, shifted, e.zero(type));
  });
}

static Value lowerWhere(Emitter &e, onnx::WhereOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) { return e.choose(x[0], x[1], x[2]); });
}

template <typename OpT> static Value logical(Emitter &e, Value a, Value b, bool) {
  return e.createOrFold<OpT>(a, b);
}

void retort::addBinaryLowerings(Lowering &lowering) {
  Combine add = [](Emitter &e, Value a, Value b, bool) { return scalar::add(e, a, b); };
  addBinary<onnx::AddOp>(lowering, add);
  addBinary<onnx::SumOp>(lowering, add);
  addBinary<onnx::SubOp>(
      lowering, [](Emitter &e, Value a, Value b, bool) { return scalar::subtract(e, a, b); });
  addBinary<onnx::MulOp>(
      lowering, [](Emitter &e, Value a, Value b, bool) { return scalar::multiply(e, a, b); });
  addBinary<onnx::MaxOp>(lowering, scalar::maximum);
  addBinary<onnx::MinOp>(lowering, scalar::minimum);
  addBinary<onnx::EqualOp>(
      lowering, [](Emitter &e, Value a, Value b, bool) { return scalar::equal(e, a, b); });
  addBinary<onnx::LessOp>(lowering, scalar::less);
  addBinary<onnx::LessOrEqualOp>(lowering, scalar::lessOrEqual);
  addBinary<onnx::GreaterOp>(
      lowering, [](Emitter &e, Value a, Value b, bool u) { return scalar::less(e, b, a, u); });
  addBinary<onnx::GreaterOrEqualOp>(lowering, [](Emitter &e, Value a, Value b, bool u) {
    return scalar::lessOrEqual(e, b, a, u);
  });
  addBinary<onnx::AndOp>(lowering, logical<arith::AndIOp>);
  addBinary<onnx::OrOp>(lowering, logical<arith::OrIOp>);
  addBinary<onnx::XorOp>(lowering, logical<arith::XOrIOp>);
  addBinary<onnx::BitwiseAndOp>(lowering, logical<arith::AndIOp>);
  addBinary<onnx::BitwiseOrOp>(lowering, logical<arith::OrIOp>);
  addBinary<onnx::BitwiseXorOp>(lowering, logical<arith::XOrIOp>);
  lowering.add(lowerDiv);
  lowering.add(lowerMean);
  lowering.add(lowerMod);
  lowering.add(lowerPow);
  lowering.add(lowerPRelu);
  lowering.add(lowerBitShift);
  lowering.add(lowerSwiGlu);
  lowering.add(lowerWhere);
}
