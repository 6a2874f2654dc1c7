// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between numbers and their codes.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

/// Which scale belongs to each element: one for all, one for each index of the axis, or one for
/// each block along it.
static std::optional<Tensor> spread(Operation *op, const Tensor &scale, const Tensor &x) {
  if (scale.size() == 1)
    return broadcastTo(scale.reshaped({}), x.shape());
  int64_t axis = frontAxis(intAttribute(op, "axis", 1), x.rank()),
          block = intAttribute(op, "block_size", 0);
  if (axis < 0 || block < 0)
    return std::nullopt;
  Tensor result = Tensor::zeros(scale.element(), x.shape());
  if (!result)
    return std::nullopt;
  bool perAxis = scale.rank() == 1 && block == 0;
  if (perAxis ? scale.dim(0) != x.dim(axis) : scale.rank() != x.rank())
    return std::nullopt;
  Shape strides = stridesOf(x.shape()), own = stridesOf(scale.shape());
  MutableArrayRef<Cell> out = result.writable();
  if (!perAxis && block == 0)
    block = llvm::divideCeil(x.dim(axis), std::max<int64_t>(1, scale.dim(axis)));
  for (int64_t k = 0; !perAxis && k < x.rank(); ++k)
    if (scale.dim(k) != (k == axis ? int64_t(llvm::divideCeil(x.dim(k), block)) : x.dim(k)))
      return std::nullopt;
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t at = 0;
    for (int64_t k = 0; !perAxis && k < x.rank(); ++k)
      at += (i / strides[k] % x.dim(k)) / (k == axis ? block : 1) * own[k];
    out[i] = scale.cells()[perAxis ? i / strides[axis] % x.dim(axis) : at];
  }
  return result;
}

Evaluated retort::onnx::evaluateDequantizeLinear(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &x = inputs[0], &scale = inputs[1];
  Tensor zero = inputAt(inputs, 2);
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Type element = dataType ? elementTypeOf(op->getContext(), dataType) : scale.element();
  std::optional<Tensor> scales = spread(op, scale, x), zeros;
  if (zero)
    zeros = spread(op, zero, x);
  Tensor result = element && isa<FloatType>(element) ? Tensor::zeros(element, x.shape()) : Tensor();
  if (!scales || !result || (zero && !zeros))
    return failure();
  int64_t i = 0;
  for (Cell &cell : result.writable()) {
    cell.f = (x.number(i) - (zeros ? zeros->number(i) : 0)) * scales->number(i);
    ++i;
  }
  return one(result.round());
}

/// Rounds to the nearest even code; saturates. What is no number gets the lowest code.
Evaluated retort::onnx::evaluateQuantizeLinear(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &x = inputs[0], &scale = inputs[1];
  Tensor zero = inputAt(inputs, 2);
  int64_t dataType = intAttribute(op, "output_dtype", 0);
  Type element = zero       ? zero.element()
                 : dataType ? elementTypeOf(op->getContext(), dataType)
                            : IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  auto type = dyn_cast_or_null<IntegerType>(element);
  std::optional<Tensor> scales = spread(op, scale, x), zeros;
  if (zero)
    zeros = spread(op, zero, x);
  Tensor result = type ? Tensor::zeros(type, x.shape()) : Tensor();
  if (!scales || !result || (zero && !zeros))
    return failure();
  unsigned bits = type.getWidth();
  double low = type.isUnsigned() ? 0 : -std::ldexp(1, bits - 1),
         high = low + std::ldexp(1, bits) - 1;
  int64_t i = 0;
  for (Cell &cell : result.writable()) {
    // The quotient is one of float operations.
    double quotient = x.element().isF32() ? double(float(x.number(i)) / float(scales->number(i)))
                                          : x.number(i) / scales->number(i);
    cell.i = int64_t(
        std::fmin(high, std::fmax(low, std::nearbyint(quotient) + (zeros ? zeros->number(i) : 0))));
    ++i;
  }
  return one(result);
}

Evaluated retort::onnx::evaluateDynamicQuantizeLinear(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &x = inputs[0];
  double low = 0, high = 0;
  for (double value : x.numbers())
    low = std::fmin(low, value), high = std::fmax(high, value);
  auto code = IntegerType::get(op->getContext(), 8, IntegerType::Unsigned);
  // Of zeros alone, or of nothing, it is any number.
  float scale = low == high ? 1 : (float(high) - float(low)) / 255;
  auto toCode = [](double value) {
    return int64_t(std::fmin(255, std::fmax(0, std::nearbyint(value))));
  };
  int64_t zero = scale == 0 ? 0 : toCode(-float(low) / scale);
  Tensor y = Tensor::zeros(code, x.shape());
  if (!y)
    return failure();
  int64_t i = 0;
  for (Cell &cell : y.writable())
    cell.i = scale == 0 ? 0 : toCode(std::nearbyint(float(x.number(i++)) / scale) + double(zero));
  return SmallVector<Tensor>{y, Tensor::scalar(x.element(), scale),
                             Tensor::scalar(code, double(zero))};
}
