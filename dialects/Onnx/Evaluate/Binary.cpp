// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on tensors that broadcast against each other: one line each.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace retort::onnx;

/// Applies `f(out, a, b)` to the cells of both, broadcast; null element type: that of `a`.
template <typename F> static Tensor combine(const Tensor &a, const Tensor &b, Type element, F f) {
  auto shape = broadcastShapes({a.shape(), b.shape()});
  Tensor out = shape ? Tensor::zeros(element ? element : a.element(), *shape) : Tensor();
  if (!out)
    return out;
  Cell *next = out.writable().data();
  const Cell *left = a.cells().data(), *right = b.cells().data();
  forEachIndex<2>(
      *shape, {broadcastStrides(a.shape(), *shape), broadcastStrides(b.shape(), *shape)}, {0, 0},
      [&](const std::array<int64_t, 2> &at) { f(*next++, left[at[0]], right[at[1]]); });
  return out.round();
}

/// Floats by `f`, integers by `i`; unsigned 64-bit ones by the same as signed, but where `u` is
/// given.
template <typename F, typename I>
static Tensor arithmetic(const Tensor &a, const Tensor &b, F f, I i) {
  if (a.element() != b.element())
    return {};
  if (a.isFloat())
    return combine(a, b, {}, [&](Cell &out, Cell x, Cell y) { out.f = f(x.f, y.f); });
  return combine(a, b, {}, [&](Cell &out, Cell x, Cell y) { out.i = i(x.i, y.i); });
}

static int64_t add(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
static int64_t subtract(int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); }
static int64_t multiply(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b);
}
static double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b);
}

static bool isLess(int64_t a, int64_t b, bool isUnsigned) {
  return isUnsigned ? uint64_t(a) < uint64_t(b) : a < b;
}

/// Variadic ones are folded from the left.
#define ARITHMETIC(NAME, FLOAT, INT)                                                               \
  Evaluated retort::onnx::evaluate##NAME(Operation *, ArrayRef<Tensor> inputs) {                   \
    Tensor result = inputs[0];                                                                     \
    [[maybe_unused]] bool isUnsigned = result.element().isUnsignedInteger();                       \
    for (const Tensor &next : inputs.drop_front()) {                                               \
      result = arithmetic(                                                                         \
          result, next, [](double a, double b) -> double { return FLOAT; },                        \
          [=](int64_t a, int64_t b) -> int64_t { return INT; });                                   \
      if (!result)                                                                                 \
        return failure();                                                                          \
    }                                                                                              \
    return one(result);                                                                            \
  }
ARITHMETIC(Add, a + b, add(a, b))
ARITHMETIC(Sum, a + b, add(a, b))
ARITHMETIC(Sub, a - b, subtract(a, b))
ARITHMETIC(Mul, a *b, multiply(a, b))
ARITHMETIC(Max, maximum(a, b), isLess(a, b, isUnsigned) ? b : a)
ARITHMETIC(Min, minimum(a, b), isLess(b, a, isUnsigned) ? b : a)
ARITHMETIC(PRelu, a < 0 ? a * b : a, a < 0 && !isUnsigned ? multiply(a, b) : a)
ARITHMETIC(And, a, a &b)
ARITHMETIC(Or, a, a | b)
ARITHMETIC(Xor, a, a ^ b)
ARITHMETIC(BitwiseAnd, a, a &b)
ARITHMETIC(BitwiseOr, a, a | b)
ARITHMETIC(BitwiseXor, a, a ^ b)

Evaluated retort::onnx::evaluateMean(Operation *op, ArrayRef<Tensor> inputs) {
  Evaluated sum = evaluateSum(op, inputs);
  if (failed(sum) || !sum->front().isFloat())
    return failure();
  for (Cell &cell : sum->front().writable())
    cell.f /= double(inputs.size());
  return one(sum->front().round());
}

static bool hasZero(const Tensor &tensor) {
  return llvm::any_of(tensor.cells(), [](Cell cell) { return cell.i == 0; });
}

static int64_t divide(int64_t a, int64_t b, bool isUnsigned) {
  if (isUnsigned)
    return int64_t(uint64_t(a) / uint64_t(b));
  return b == -1 ? int64_t(-uint64_t(a)) : a / b;
}

/// Integers are divided toward zero; a division by zero is left to run time.
Evaluated retort::onnx::evaluateDiv(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &a = inputs[0], &b = inputs[1];
  if (!a.isFloat() && hasZero(b))
    return failure();
  bool isUnsigned = a.element().isUnsignedInteger();
  return one(arithmetic(
      a, b, [](double x, double y) { return x / y; },
      [=](int64_t x, int64_t y) { return divide(x, y, isUnsigned); }));
}

/// fmod = 0: the sign of the divisor; 1: of the dividend.
Evaluated retort::onnx::evaluateMod(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &a = inputs[0], &b = inputs[1];
  bool truncated = intAttribute(op, "fmod", 0), isUnsigned = a.element().isUnsignedInteger();
  if (!a.isFloat() && hasZero(b))
    return failure();
  auto floats = [=](double x, double y) {
    double rest = std::fmod(x, y);
    return !truncated && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
  };
  auto integers = [=](int64_t x, int64_t y) {
    int64_t rest = subtract(x, multiply(divide(x, y, isUnsigned), y));
    return !truncated && !isUnsigned && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
  };
  return one(arithmetic(a, b, floats, integers));
}

/// Below zero only 1 and -1 have powers that are integers, the others give 0.
static int64_t integerPower(int64_t base, int64_t exponent, bool isUnsigned) {
  if (exponent < 0 && !isUnsigned)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, square = uint64_t(base);
  for (uint64_t bits = exponent; bits; bits >>= 1, square *= square)
    if (bits & 1)
      result *= square;
  return int64_t(result);
}

/// The exponent may have another type than the base.
Evaluated retort::onnx::evaluatePow(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &a = inputs[0], &b = inputs[1];
  bool floats = a.isFloat(), floatExponent = b.isFloat(),
       isUnsigned = b.element().isUnsignedInteger();
  return one(combine(a, b, {}, [=](Cell &out, Cell x, Cell y) {
    if (!floats && !floatExponent) {
      out.i = integerPower(x.i, y.i, isUnsigned);
      return;
    }
    double power = std::pow(floats ? x.f : double(x.i), floatExponent ? y.f : double(y.i));
    if (floats)
      out.f = power;
    else
      out.i = int64_t(power);
  }));
}

/// A shift beyond the width, or a negative one, leaves what the sign fills in.
Evaluated retort::onnx::evaluateBitShift(Operation *op, ArrayRef<Tensor> inputs) {
  bool left = stringAttribute(op, "direction", "LEFT") == "LEFT";
  auto type = dyn_cast<IntegerType>(inputs[0].element());
  if (!type)
    return failure();
  bool isUnsigned = type.isUnsigned();
  uint64_t width = type.getWidth();
  return one(combine(inputs[0], inputs[1], {}, [=](Cell &out, Cell x, Cell y) {
    bool inside = uint64_t(y.i) < width;
    if (left)
      out.i = inside ? int64_t(uint64_t(x.i) << y.i) : 0;
    else if (isUnsigned)
      out.i = inside ? int64_t(uint64_t(x.i) >> y.i) : 0;
    else
      out.i = inside ? x.i >> y.i : x.i < 0 ? -1 : 0;
  }));
}

template <typename Compare>
static Evaluated compare(Operation *op, ArrayRef<Tensor> inputs, Compare holds) {
  const Tensor &a = inputs[0], &b = inputs[1];
  if (a.element() != b.element())
    return failure();
  Type boolean = IntegerType::get(op->getContext(), 1);
  if (a.isFloat())
    return one(combine(a, b, boolean, [&](Cell &out, Cell x, Cell y) { out.i = holds(x.f, y.f); }));
  if (a.element().isUnsignedInteger(64))
    return one(combine(a, b, boolean, [&](Cell &out, Cell x, Cell y) {
      out.i = holds(uint64_t(x.i), uint64_t(y.i));
    }));
  return one(combine(a, b, boolean, [&](Cell &out, Cell x, Cell y) { out.i = holds(x.i, y.i); }));
}

#define COMPARE(NAME, OPERATOR)                                                                    \
  Evaluated retort::onnx::evaluate##NAME(Operation *op, ArrayRef<Tensor> inputs) {                 \
    return compare(op, inputs, [](auto a, auto b) { return a OPERATOR b; });                       \
  }
COMPARE(Equal, ==)
COMPARE(Greater, >)
COMPARE(GreaterOrEqual, >=)
COMPARE(Less, <)
COMPARE(LessOrEqual, <=)

Evaluated retort::onnx::evaluateWhere(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &c = inputs[0], &x = inputs[1], &y = inputs[2];
  auto shape = broadcastShapes({c.shape(), x.shape(), y.shape()});
  Tensor out = shape && x.element() == y.element() ? Tensor::zeros(x.element(), *shape) : Tensor();
  if (!out)
    return failure();
  Cell *next = out.writable().data();
  const Cell *choice = c.cells().data(), *then = x.cells().data(), *otherwise = y.cells().data();
  forEachIndex<3>(*shape,
                  {broadcastStrides(c.shape(), *shape), broadcastStrides(x.shape(), *shape),
                   broadcastStrides(y.shape(), *shape)},
                  {0, 0, 0}, [&](const std::array<int64_t, 3> &at) {
                    *next++ = choice[at[0]].i ? then[at[1]] : otherwise[at[2]];
                  });
  return one(out);
}
