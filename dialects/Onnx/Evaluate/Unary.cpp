// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on one tensor: one line each.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

template <typename F> static Evaluated mapFloats(const Tensor &x, F f) {
  if (!x.isFloat())
    return failure();
  Tensor y = x;
  for (Cell &cell : y.writable())
    cell.f = f(cell.f);
  return one(y.round());
}

template <typename F, typename I> static Evaluated mapNumbers(const Tensor &x, F f, I i) {
  if (x.isFloat())
    return mapFloats(x, f);
  Tensor y = x;
  for (Cell &cell : y.writable())
    cell.i = i(cell.i);
  return one(y.round());
}

#define FLOATS(NAME, ...)                                                                          \
  Evaluated retort::onnx::evaluate##NAME(Operation *op, ArrayRef<Tensor> inputs) {                 \
    (void)op;                                                                                      \
    return mapFloats(inputs[0], [=](double x) -> double { return __VA_ARGS__; });                  \
  }
/// With up to two attributes, a and b.
#define FLOATS_WITH(NAME, A, DEFAULT_A, B, DEFAULT_B, ...)                                         \
  Evaluated retort::onnx::evaluate##NAME(Operation *op, ArrayRef<Tensor> inputs) {                 \
    double a = floatAttribute(op, A, DEFAULT_A), b = floatAttribute(op, B, DEFAULT_B);             \
    (void)a, (void)b;                                                                              \
    return mapFloats(inputs[0], [=](double x) -> double { return __VA_ARGS__; });                  \
  }
#define NUMBERS(NAME, FLOAT, INT)                                                                  \
  Evaluated retort::onnx::evaluate##NAME(Operation *, ArrayRef<Tensor> inputs) {                   \
    [[maybe_unused]] bool isUnsigned = inputs[0].element().isUnsignedInteger();                    \
    return mapNumbers(                                                                             \
        inputs[0], [](double x) -> double { return FLOAT; },                                       \
        [=](int64_t x) -> int64_t { return INT; });                                                \
  }

/// What is no number stays so.
static double clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}
static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
static double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }

FLOATS(Acos, std::acos(x))
FLOATS(Acosh, std::acosh(x))
FLOATS(Asin, std::asin(x))
FLOATS(Asinh, std::asinh(x))
FLOATS(Atan, std::atan(x))
FLOATS(Atanh, std::atanh(x))
FLOATS(Ceil, std::ceil(x))
FLOATS(Cos, std::cos(x))
FLOATS(Cosh, std::cosh(x))
FLOATS(Erf, std::erf(x))
FLOATS(Exp, std::exp(x))
FLOATS(Floor, std::floor(x))
FLOATS(Log, std::log(x))
FLOATS(Reciprocal, 1 / x)
FLOATS(Round, std::nearbyint(x))
FLOATS(Sigmoid, sigmoid(x))
FLOATS(Sin, std::sin(x))
FLOATS(Sinh, std::sinh(x))
FLOATS(Softplus, softplus(x))
FLOATS(Softsign, x / (1 + std::fabs(x)))
FLOATS(Sqrt, std::sqrt(x))
FLOATS(Tan, std::tan(x))
FLOATS(Tanh, std::tanh(x))
FLOATS(Mish, x *std::tanh(softplus(x)))
FLOATS(HardSwish, x *clamp(x / 6 + 0.5, 0, 1))
FLOATS_WITH(Celu, "alpha", 1, "", 0, x > 0 ? x : a * std::expm1(x / a))
FLOATS_WITH(Elu, "alpha", 1, "", 0, x < 0 ? a * std::expm1(x) : x)
FLOATS_WITH(HardSigmoid, "alpha", 0.2f, "beta", 0.5, clamp(a *x + b, 0, 1))
FLOATS_WITH(LeakyRelu, "alpha", 0.01f, "", 0, x < 0 ? a * x : x)
FLOATS_WITH(Selu, "alpha", 1.67326319217681884765625, "gamma", 1.05070102214813232421875,
            b *(x > 0 ? x : a * std::expm1(x)))
FLOATS_WITH(Swish, "alpha", 1, "", 0, x *sigmoid(a *x))
FLOATS_WITH(ThresholdedRelu, "alpha", 1, "", 0, x > a ? x : 0)
NUMBERS(Abs, std::fabs(x), x < 0 && !isUnsigned ? int64_t(-uint64_t(x)) : x)
NUMBERS(BitwiseNot, x, ~x)
NUMBERS(Identity, x, x)
NUMBERS(Neg, -x, int64_t(-uint64_t(x)))
NUMBERS(Not, x, !x)
NUMBERS(Relu, x < 0 ? 0 : x, x < 0 ? 0 : x)
NUMBERS(Sign, std::isnan(x) ? x : (x > 0) - (x < 0), isUnsigned ? x != 0 : (x > 0) - (x < 0))

static double tanhGelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

Evaluated retort::onnx::evaluateGelu(Operation *op, ArrayRef<Tensor> inputs) {
  if (stringAttribute(op, "approximate", "none") == "tanh")
    return mapFloats(inputs[0], tanhGelu);
  return mapFloats(inputs[0],
                   [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
}

/// com.microsoft: Gelu by tanh, after an optional bias.
Evaluated retort::onnx::evaluateFastGelu(Operation *, ArrayRef<Tensor> inputs) {
  Tensor x = inputs[0], bias = inputAt(inputs, 1);
  if (bias) {
    if (!x.isFloat() || bias.size() == 0)
      return failure();
    int64_t i = 0;
    for (Cell &cell : x.writable())
      cell.f += bias.number(i++ % bias.size());
    x.round();
  }
  return mapFloats(x, tanhGelu);
}

template <typename F> static Evaluated test(Operation *op, const Tensor &x, F f) {
  Tensor y = Tensor::zeros(IntegerType::get(op->getContext(), 1), x.shape());
  if (!y || !x.isFloat())
    return failure();
  MutableArrayRef<Cell> cells = y.writable();
  for (int64_t i = 0; i < x.size(); ++i)
    cells[i].i = f(x.number(i));
  return one(y);
}

Evaluated retort::onnx::evaluateIsNaN(Operation *op, ArrayRef<Tensor> inputs) {
  return test(op, inputs[0], [](double x) { return std::isnan(x); });
}

Evaluated retort::onnx::evaluateIsInf(Operation *op, ArrayRef<Tensor> inputs) {
  bool positive = intAttribute(op, "detect_positive", 1),
       negative = intAttribute(op, "detect_negative", 1);
  return test(op, inputs[0],
              [=](double x) { return std::isinf(x) && (x > 0 ? positive : negative); });
}

/// A power of two by the attribute `round_mode`; the nearest is what rounding gives anyway.
static double toScale(Operation *op, double x) {
  StringRef mode = stringAttribute(op, "round_mode", "up");
  if (!std::isfinite(x) || x <= 0 || mode == "nearest")
    return x;
  double below = std::ldexp(1.0, std::ilogb(x));
  return x == below || mode == "down" ? below : 2 * below;
}

/// The attribute `saturate` brings what is too large for eight bits to their largest number.
static Evaluated convert(Operation *op, Tensor x, Type element) {
  if (!element)
    return failure();
  auto type = dyn_cast<FloatType>(element);
  if (type && type.getWidth() == 8 && !isa<Float8E8M0FNUType>(type) && x.isFloat() &&
      intAttribute(op, "saturate", 1)) {
    double largest = llvm::APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
    for (Cell &cell : x.writable())
      if (!std::isnan(cell.f))
        cell.f = std::fmax(-largest, std::fmin(largest, cell.f));
  }
  if (type && x.isFloat() && type.getWidth() <= 8)
    for (Cell &cell : x.writable()) {
      if (isa<Float8E8M0FNUType>(type))
        cell.f = toScale(op, cell.f);
      else if (type.getWidth() < 8 && std::isnan(cell.f)) // which four bits do not have
        cell.f = 0;
    }
  return one(x.cast(element));
}

Evaluated retort::onnx::evaluateCast(Operation *op, ArrayRef<Tensor> inputs) {
  return convert(op, inputs[0], elementTypeOf(op->getContext(), intAttribute(op, "to", 0)));
}

Evaluated retort::onnx::evaluateCastLike(Operation *op, ArrayRef<Tensor> inputs) {
  return convert(op, inputs[0], inputs[1].element());
}

static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b);
}
static double minimum(double a, double b) { return -maximum(-a, -b); }

Evaluated retort::onnx::evaluateClip(Operation *, ArrayRef<Tensor> inputs) {
  Tensor low = inputAt(inputs, 1), high = inputAt(inputs, 2), y = inputs[0];
  if ((low && low.size() != 1) || (high && high.size() != 1))
    return failure();
  bool isWide = y.element().isUnsignedInteger(64);
  for (Cell &cell : y.writable()) {
    if (y.isFloat()) {
      cell.f = low ? maximum(cell.f, low.number(0)) : cell.f;
      cell.f = high ? minimum(cell.f, high.number(0)) : cell.f;
    } else if (isWide) {
      cell.i = low ? std::max<uint64_t>(cell.i, low.integer(0)) : cell.i;
      cell.i = high ? std::min<uint64_t>(cell.i, high.integer(0)) : cell.i;
    } else {
      cell.i = low ? std::max(cell.i, low.integer(0)) : cell.i;
      cell.i = high ? std::min(cell.i, high.integer(0)) : cell.i;
    }
  }
  return one(y);
}

/// In inference: the data, and a mask that keeps all.
Evaluated retort::onnx::evaluateDropout(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor training = inputAt(inputs, 2);
  Tensor mask = Tensor::zeros(IntegerType::get(op->getContext(), 1), inputs[0].shape());
  if ((training && training.integer(0) != 0) || !mask)
    return failure();
  for (Cell &cell : mask.writable())
    cell.i = 1;
  return SmallVector<Tensor>{inputs[0], mask};
}
