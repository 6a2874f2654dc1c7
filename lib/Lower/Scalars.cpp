// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on single numbers that several families of operations share.
#include "lib/Lower/Scalars.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static bool isReal(Value value) { return isa<FloatType>(value.getType()); }

Value scalar::number(Emitter &e, double value, Type type) {
  return isa<FloatType>(type) ? e.real(value, type) : e.integer(int64_t(value), type);
}

Value scalar::add(Emitter &e, Value a, Value b) {
  return isReal(a) ? e.createOrFold<arith::AddFOp>(a, b) : e.add(a, b);
}

Value scalar::subtract(Emitter &e, Value a, Value b) {
  return isReal(a) ? e.createOrFold<arith::SubFOp>(a, b) : e.sub(a, b);
}

Value scalar::multiply(Emitter &e, Value a, Value b) {
  return isReal(a) ? e.createOrFold<arith::MulFOp>(a, b) : e.mul(a, b);
}

/// A divisor on which no hardware traps: x86 does on zero, and on the least integer by -1.
static Value safeDivisor(Emitter &e, Value b, ArrayRef<int64_t> unsafe) {
  for (int64_t number : unsafe)
    b = e.choose(e.equal(b, e.integer(number, b.getType())), e.integer(1, b.getType()), b);
  return b;
}

Value scalar::divide(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return e.createOrFold<arith::DivFOp>(a, b);
  if (isUnsigned)
    return e.createOrFold<arith::DivUIOp>(a, safeDivisor(e, b, {0}));
  Value quotient = e.divide(a, safeDivisor(e, b, {0, -1}));
  return e.choose(e.equal(b, e.integer(-1, b.getType())), e.sub(e.zero(a.getType()), a), quotient);
}

Value scalar::remainder(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return arith::RemFOp::create(e, a, b);
  if (isUnsigned)
    return e.createOrFold<arith::RemUIOp>(a, safeDivisor(e, b, {0}));
  return e.createOrFold<arith::RemSIOp>(a, safeDivisor(e, b, {0, -1}));
}

Value scalar::maximum(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return arith::MaximumFOp::create(e, a, b);
  return isUnsigned ? e.createOrFold<arith::MaxUIOp>(a, b) : e.max(a, b);
}

Value scalar::minimum(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return arith::MinimumFOp::create(e, a, b);
  return isUnsigned ? e.createOrFold<arith::MinUIOp>(a, b) : e.min(a, b);
}

Value scalar::less(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return arith::CmpFOp::create(e, arith::CmpFPredicate::OLT, a, b);
  return e.createOrFold<arith::CmpIOp>(
      isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt, a, b);
}

Value scalar::lessOrEqual(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return arith::CmpFOp::create(e, arith::CmpFPredicate::OLE, a, b);
  return e.createOrFold<arith::CmpIOp>(
      isUnsigned ? arith::CmpIPredicate::ule : arith::CmpIPredicate::sle, a, b);
}

Value scalar::equal(Emitter &e, Value a, Value b) {
  return isReal(a) ? arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, a, b).getResult()
                   : e.equal(a, b);
}

/// 1 / (1 + exp(-x)): exact at both ends, exp(-x) may become infinite.
Value scalar::sigmoid(Emitter &e, Value x) {
  Value one = e.real(1, x.getType());
  Value power = math::ExpOp::create(e, arith::NegFOp::create(e, x));
  return arith::DivFOp::create(e, one, arith::AddFOp::create(e, one, power));
}

/// max(x, 0) + log(1 + exp(-|x|)).
Value scalar::softplus(Emitter &e, Value x) {
  Value small = math::ExpOp::create(e, arith::NegFOp::create(e, math::AbsFOp::create(e, x)));
  Value high = arith::MaximumFOp::create(e, x, e.real(0, x.getType()));
  return arith::AddFOp::create(e, high, math::Log1pOp::create(e, small));
}

/// x / 2 (1 + erf(x / sqrt(2))).
Value scalar::gelu(Emitter &e, Value x) {
  Value erf =
      math::ErfOp::create(e, arith::MulFOp::create(e, x, e.real(0.70710678118654752, x.getType())));
  Value half = arith::MulFOp::create(e, x, e.real(0.5, x.getType()));
  return arith::MulFOp::create(e, half, arith::AddFOp::create(e, e.real(1, x.getType()), erf));
}

/// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
Value scalar::geluTanh(Emitter &e, Value x) {
  Type type = x.getType();
  Value cube = arith::MulFOp::create(e, arith::MulFOp::create(e, x, x), x);
  Value inner = arith::AddFOp::create(e, x, arith::MulFOp::create(e, cube, e.real(0.044715, type)));
  Value tanh =
      math::TanhOp::create(e, arith::MulFOp::create(e, inner, e.real(0.79788456080286536, type)));
  Value half = arith::MulFOp::create(e, x, e.real(0.5, type));
  return arith::MulFOp::create(e, half, arith::AddFOp::create(e, e.real(1, type), tanh));
}

Value scalar::hardSigmoid(Emitter &e, Value x, double alpha, double beta) {
  Value line = arith::AddFOp::create(e, arith::MulFOp::create(e, x, e.real(alpha, x.getType())),
                                     e.real(beta, x.getType()));
  Value low = arith::MaximumFOp::create(e, line, e.real(0, x.getType()));
  return arith::MinimumFOp::create(e, low, e.real(1, x.getType()));
}

Value scalar::wrap(Emitter &e, Value x, Type to) {
  unsigned width = to.getIntOrFloatBitWidth();
  if (!to.isInteger() || width == 1 || width >= 8)
    return x;
  Value distance = e.integer(8 - width, e.getI8Type());
  Value high = e.createOrFold<arith::ShLIOp>(x, distance);
  return isUnsignedElement(to) ? e.createOrFold<arith::ShRUIOp>(high, distance)
                               : e.createOrFold<arith::ShRSIOp>(high, distance);
}

/// What x86 gives, and with it ONNX Runtime and NumPy: the least integer for what is no number of
/// `to`, which has 32 or 64 bits and a sign.
static Value truncateReal(Emitter &e, Value x, Type to) {
  Type real = x.getType();
  double bound = std::ldexp(1.0, to.getIntOrFloatBitWidth() - 1);
  Value fits = arith::AndIOp::create(
      e, arith::CmpFOp::create(e, arith::CmpFPredicate::OGE, x, e.real(-bound, real)),
      arith::CmpFOp::create(e, arith::CmpFPredicate::OLT, x, e.real(bound, real)));
  Value safe = arith::SelectOp::create(e, fits, x, e.zero(real));
  return arith::SelectOp::create(e, fits, arith::FPToSIOp::create(e, to, safe), e.lowest(to));
}

/// In f32 or wider. Narrow integers are the low bits of one of 32 bits, or of 64 for 32 without
/// sign; the upper half of those of 64 bits without sign is converted by itself.
static Value realToInteger(Emitter &e, Value x, Type held, bool isUnsigned) {
  unsigned width = held.getIntOrFloatBitWidth();
  Type i32 = e.getI32Type(), i64 = e.getI64Type();
  if (width < 32 || (width == 32 && !isUnsigned)) {
    Value integer = truncateReal(e, x, i32);
    return width == 32 ? integer : e.createOrFold<arith::TruncIOp>(held, integer);
  }
  Value low = truncateReal(e, x, i64);
  if (width == 32)
    return e.createOrFold<arith::TruncIOp>(held, low);
  if (!isUnsigned)
    return low;
  Value half = e.real(std::ldexp(1.0, 63), x.getType());
  Value high = truncateReal(e, arith::SubFOp::create(e, x, half), i64);
  return arith::SelectOp::create(e, arith::CmpFOp::create(e, arith::CmpFPredicate::OGE, x, half),
                                 arith::XOrIOp::create(e, high, e.lowest(i64)), low);
}

/// Between types that are held as numbers.
static Value convertNumber(Emitter &e, Value x, Type from, Type to) {
  Type held = storageType(to);
  if (to.isInteger(1)) {
    Value zero = e.zero(x.getType());
    if (isReal(x))
      return arith::CmpFOp::create(e, arith::CmpFPredicate::UNE, x, zero);
    return e.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ne, x, zero);
  }
  bool fromUnsigned = isUnsignedElement(from), toUnsigned = isUnsignedElement(to);
  if (isReal(x) && isa<FloatType>(held)) {
    // What is narrower than f32 goes through it: LLVM knows no direct way between f16 and bf16.
    if (cast<FloatType>(held).getWidth() <= 16 && cast<FloatType>(x.getType()).getWidth() <= 16)
      x = e.widen(x);
    return e.narrow(x, held);
  }
  if (isReal(x))
    return realToInteger(e, e.widen(x), held, toUnsigned);
  if (isa<FloatType>(held)) {
    Type wide = held.getIntOrFloatBitWidth() < 32 ? e.getF32Type() : held;
    Value real = fromUnsigned ? e.createOrFold<arith::UIToFPOp>(wide, x)
                              : e.createOrFold<arith::SIToFPOp>(wide, x);
    return e.narrow(real, held);
  }
  unsigned before = x.getType().getIntOrFloatBitWidth(), after = held.getIntOrFloatBitWidth();
  if (before == after)
    return x;
  if (before > after)
    return e.createOrFold<arith::TruncIOp>(held, x);
  return fromUnsigned ? e.createOrFold<arith::ExtUIOp>(held, x)
                      : e.createOrFold<arith::ExtSIOp>(held, x);
}

Value scalar::convert(Emitter &e, Value x, Type from, Type to, Narrowing narrowing) {
  if (from == to)
    return x;
  if (isNarrowFloat(from)) {
    x = decode(e, x, cast<FloatType>(from));
    from = e.getF32Type();
  }
  if (isNarrowFloat(to))
    return encode(e, convertNumber(e, x, from, e.getF32Type()), cast<FloatType>(to), narrowing);
  return from == to ? x : wrap(e, convertNumber(e, x, from, to), to);
}
