// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations with one operand. Floating-point numbers are computed in f32 or wider.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

#include <limits>

using namespace mlir;
using namespace retort;

/// Adds a lowering that computes real numbers, in f32 or wider, and rounds the result to the
/// operand's type.
template <typename OpT>
static void addReal(Lowering &lowering, Value (*compute)(Emitter &, OpT, Value)) {
  lowering.add(OpT::getOperationName(), [compute](Emitter &e, Operation *op) {
    Type element = resultElement(op);
    e.set(op->getResult(0), lowerElementwise(e, op, op->getOperand(0), [&](ValueRange x) {
            return e.narrow(compute(e, cast<OpT>(op), e.widen(x[0])), element);
          }));
    return success();
  });
}

/// For an operation of the math dialect of the same meaning.
template <typename OpT, typename MathT> static void addMath(Lowering &lowering) {
  addReal<OpT>(lowering, [](Emitter &e, OpT, Value x) -> Value { return MathT::create(e, x); });
}

/// log1p(rest), or log(2 x) where x is so large that it has no square.
static Value logOfSum(Emitter &e, Value x, Value rest) {
  Value isLarge = scalar::less(e, scalar::number(e, 1e9, x.getType()), x, false);
  Value logOfTwo = scalar::number(e, 0.69314718055994530942, x.getType());
  Value far = scalar::add(e, math::LogOp::create(e, x), logOfTwo);
  return e.choose(isLarge, far, math::Log1pOp::create(e, rest));
}

/// With t = x - 1, so that what is near 1 keeps its digits.
static Value acosh(Emitter &e, onnx::AcoshOp, Value x) {
  Value one = scalar::number(e, 1, x.getType()), t = scalar::subtract(e, x, one);
  Value square = scalar::multiply(e, t, scalar::add(e, t, scalar::number(e, 2, x.getType())));
  Value nan = scalar::number(e, std::numeric_limits<double>::quiet_NaN(), x.getType());
  Value rest = scalar::add(e, t, math::SqrtOp::create(e, square));
  return e.choose(scalar::less(e, x, one, false), nan, logOfSum(e, x, rest));
}

/// Of the magnitude: sums with a negative number would cancel. sqrt(1 + a^2) - 1 is written as
/// a^2 / (1 + sqrt(1 + a^2)), so that small numbers keep their digits.
static Value asinh(Emitter &e, onnx::AsinhOp, Value x) {
  Value one = scalar::number(e, 1, x.getType()), size = math::AbsFOp::create(e, x);
  Value square = scalar::multiply(e, size, size);
  Value root = math::SqrtOp::create(e, scalar::add(e, one, square));
  Value rest = scalar::divide(e, square, scalar::add(e, one, root), false);
  return math::CopySignOp::create(e, logOfSum(e, size, scalar::add(e, size, rest)), x);
}

static Value lowerAbs(Emitter &e, onnx::AbsOp op) {
  bool isUnsigned = isUnsignedElement(elementType(op->getOperand(0)));
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    if (isa<FloatType>(x[0].getType()))
      return math::AbsFOp::create(e, x[0]);
    return isUnsigned ? x[0] : math::AbsIOp::create(e, x[0]).getResult();
  });
}

static Value lowerNeg(Emitter &e, onnx::NegOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    if (isa<FloatType>(x[0].getType()))
      return arith::NegFOp::create(e, x[0]);
    return e.sub(e.zero(x[0].getType()), x[0]);
  });
}

static Value lowerSign(Emitter &e, onnx::SignOp op) {
  bool isUnsigned = isUnsignedElement(elementType(op->getOperand(0)));
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Value zero = e.zero(x[0].getType());
    Value one = scalar::number(e, 1, x[0].getType()), minus = scalar::number(e, -1, x[0].getType());
    Value below = isUnsigned
                      ? zero
                      : arith::SelectOp::create(e, scalar::less(e, x[0], zero, false), minus, zero)
                            .getResult();
    Value sign = e.choose(scalar::less(e, zero, x[0], isUnsigned), one, below);
    if (!isa<FloatType>(x[0].getType()))
      return sign;
    Value isNaN = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, x[0], x[0]);
    return e.choose(isNaN, x[0], sign);
  });
}

static Value lowerNot(Emitter &e, onnx::NotOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    return arith::XOrIOp::create(e, x[0], e.integer(1, x[0].getType()));
  });
}

static Value lowerBitwiseNot(Emitter &e, onnx::BitwiseNotOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    return arith::XOrIOp::create(e, x[0], e.integer(-1, x[0].getType()));
  });
}

/// Of any width, as one that can be computed with.
static Value realNumber(Emitter &e, Operation *op, Value x) {
  Type type = elementType(op->getOperand(0));
  return isNarrowFloat(type) ? scalar::convert(e, x, type, e.getF32Type()) : x;
}

static Value lowerIsNaN(Emitter &e, onnx::IsNaNOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Value number = realNumber(e, op, x[0]);
    return arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, number, number);
  });
}

static Value lowerIsInf(Emitter &e, onnx::IsInfOp op) {
  return lowerElementwise(e, op, [&](ValueRange x) -> Value {
    Value number = realNumber(e, op, x[0]);
    Type type = number.getType();
    Value isHigh = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, number, e.highest(type));
    Value isLow = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, number, e.lowest(type));
    Value no = e.integer(0, e.getI1Type());
    return arith::OrIOp::create(e, op.getDetectPositive() ? isHigh : no,
                                op.getDetectNegative() ? isLow : no);
  });
}

static Value lowerIdentity(Emitter &e, onnx::IdentityOp op) { return e.get(op.getInput()); }

/// In inference a dropout passes its input on; its mask keeps everything. So it does in training
/// where it drops nothing.
static LogicalResult lowerDropout(Emitter &e, onnx::DropoutOp op) {
  Value data = e.get(op.getData());
  if (Value training = e.get(op.getTrainingMode())) {
    auto only = [&](Value x) {
      e.require(e.equal(e.product(e.dims(x)), e.index(1)), op, "a parameter is not one number");
      return e.extract(x, SmallVector<Value>(rankOf(x), e.index(0)));
    };
    Value keepsAll = e.equal(only(training), e.integer(0, e.getI1Type()));
    if (Value ratio = e.get(op.getRatio()))
      keepsAll = e.either(keepsAll, scalar::equal(e, only(ratio), e.zero(elementType(ratio))));
    e.require(keepsAll, op, "a dropout in training mode cannot run");
  }
  e.set(op.getOutput(), data);
  if (op.getMask())
    e.set(op.getMask(), e.fill(e.dims(data), e.integer(1, e.getI1Type())));
  return success();
}

/// The bounds may be omitted; each is one number.
static Value lowerClip(Emitter &e, onnx::ClipOp op) {
  bool isUnsigned = isUnsignedElement(elementType(op->getOperand(0)));
  auto bound = [&](Value operand) {
    Value tensor = operand ? e.get(operand) : Value();
    if (!tensor)
      return tensor;
    e.require(e.equal(e.product(e.dims(tensor)), e.index(1)), op, "a bound is not one number");
    return e.extract(tensor, SmallVector<Value>(rankOf(tensor), e.index(0)));
  };
  Value low = bound(op.getMin()), high = bound(op.getMax());
  return lowerElementwise(e, op, op.getInput(), [&](ValueRange x) -> Value {
    Value result = low ? scalar::maximum(e, x[0], low, isUnsigned) : x[0];
    return high ? scalar::minimum(e, result, high, isUnsigned) : result;
  });
}

void retort::addUnaryLowerings(Lowering &lowering) {
  addMath<onnx::AcosOp, math::AcosOp>(lowering);
  addReal(lowering, acosh);
  addMath<onnx::AsinOp, math::AsinOp>(lowering);
  addReal(lowering, asinh);
  addMath<onnx::AtanOp, math::AtanOp>(lowering);
  addMath<onnx::AtanhOp, math::AtanhOp>(lowering);
  addMath<onnx::CeilOp, math::CeilOp>(lowering);
  addMath<onnx::CosOp, math::CosOp>(lowering);
  addMath<onnx::CoshOp, math::CoshOp>(lowering);
  addMath<onnx::ErfOp, math::ErfOp>(lowering);
  addMath<onnx::ExpOp, math::ExpOp>(lowering);
  addMath<onnx::FloorOp, math::FloorOp>(lowering);
  addMath<onnx::LogOp, math::LogOp>(lowering);
  addMath<onnx::RoundOp, math::RoundEvenOp>(lowering);
  addMath<onnx::SinOp, math::SinOp>(lowering);
  addMath<onnx::SinhOp, math::SinhOp>(lowering);
  addMath<onnx::SqrtOp, math::SqrtOp>(lowering);
  addMath<onnx::TanOp, math::TanOp>(lowering);
  addReal<onnx::ReciprocalOp>(lowering, [](Emitter &e, onnx::ReciprocalOp, Value x) -> Value {
    return arith::DivFOp::create(e, e.real(1, x.getType()), x);
  });
  addReal<onnx::GeluOp>(lowering, [](Emitter &e, onnx::GeluOp op, Value x) {
    return op.getApproximate() == "tanh" ? scalar::geluTanh(e, x) : scalar::gelu(e, x);
  });
  lowering.add(lowerAbs);
  lowering.add(lowerNeg);
  lowering.add(lowerSign);
  lowering.add(lowerNot);
  lowering.add(lowerBitwiseNot);
  lowering.add(lowerIsNaN);
  lowering.add(lowerIsInf);
  lowering.add(lowerIdentity);
  lowering.add(lowerDropout);
  lowering.add(lowerClip);
}
