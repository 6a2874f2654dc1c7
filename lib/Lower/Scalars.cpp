// Arithmetic on single numbers that several families of operations share.
#include "lib/Lower/Scalars.h"

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

/// Integers by zero trap on x86: they give zero here, as anything may come of them.
Value scalar::divide(Emitter &e, Value a, Value b, bool isUnsigned) {
  if (isReal(a))
    return e.createOrFold<arith::DivFOp>(a, b);
  Value isZero = e.equal(b, e.zero(b.getType()));
  Value safe = e.choose(isZero, e.integer(1, b.getType()), b);
  return isUnsigned ? e.createOrFold<arith::DivUIOp>(a, safe) : e.divide(a, safe);
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
  if (isReal(x)) {
    x = e.widen(x);
    // Through i64 where narrower: out of range wraps as in NumPy instead of being poison.
    Type wide = held.getIntOrFloatBitWidth() < 64 ? e.getI64Type() : held;
    bool direct = toUnsigned && held.getIntOrFloatBitWidth() == 64;
    Value integer = direct ? e.createOrFold<arith::FPToUIOp>(wide, x)
                           : e.createOrFold<arith::FPToSIOp>(wide, x);
    return wide == held ? integer : e.createOrFold<arith::TruncIOp>(held, integer);
  }
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
