// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors of the evaluator: storage, rounding, and the way from and to constants.
#include "dialects/Onnx/Evaluate/Walk.h"

#include "dialects/Onnx/Weights.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace retort::onnx;

static thread_local int64_t limitInForce = int64_t(64) << 20;

SizeLimit::SizeLimit(int64_t bytes) : previous(limitInForce) { limitInForce = bytes; }
SizeLimit::~SizeLimit() { limitInForce = previous; }
int64_t SizeLimit::current() { return limitInForce; }

std::optional<int64_t> retort::onnx::elementsOf(ArrayRef<int64_t> shape) {
  constexpr int64_t most = int64_t(1) << 59;
  int64_t count = 1;
  bool isEmpty = false;
  for (int64_t size : shape) {
    if (size < 0 || llvm::MulOverflow(count, std::max<int64_t>(size, 1), count) || count > most)
      return std::nullopt;
    isEmpty |= size == 0;
  }
  return isEmpty ? 0 : count;
}

Tensor Tensor::zeros(Type element, ArrayRef<int64_t> shape) {
  int64_t bits =
      isa<FloatType, IntegerType>(element) ? int64_t(element.getIntOrFloatBitWidth()) : 0;
  if (bits == 0 || bits > 64)
    return {};
  std::optional<int64_t> count = elementsOf(shape);
  // Divided first, so that no product overflows.
  if (!count || *count > limitInForce / std::max<int64_t>(bits, 8) * 8)
    return {};
  Tensor tensor;
  tensor.elementType = element;
  tensor.floating = isa<FloatType>(element);
  tensor.sizes.assign(shape.begin(), shape.end());
  tensor.count = *count;
  tensor.data = std::make_shared<std::vector<Cell>>(*count, Cell{0});
  return tensor;
}

Tensor Tensor::of(Attribute constant) {
  auto typed = dyn_cast_or_null<ElementsAttr>(constant);
  if (!typed || !typed.getShapedType().hasStaticShape())
    return {};
  Tensor tensor = zeros(typed.getElementType(), typed.getShapedType().getShape());
  std::optional<ConstantView> view = tensor ? ConstantView::of(constant) : std::nullopt;
  if (!view)
    return {};
  MutableArrayRef<Cell> cells = tensor.writable();
  for (int64_t i = 0; i < tensor.count; ++i) {
    if (tensor.floating)
      cells[i].f = view->floatAt(i);
    else
      cells[i].i = view->intAt(i);
  }
  return tensor;
}

Tensor Tensor::ints(MLIRContext *context, ArrayRef<int64_t> values) {
  Tensor tensor = zeros(IntegerType::get(context, 64), {int64_t(values.size())});
  for (auto [cell, value] : llvm::zip_equal(tensor.writable(), values))
    cell.i = value;
  return tensor;
}

Tensor Tensor::scalar(Type element, double value) {
  Tensor tensor = zeros(element, {});
  if (!tensor)
    return tensor;
  if (tensor.floating)
    tensor.writable()[0].f = value;
  else
    tensor.writable()[0].i = int64_t(value);
  return tensor.round();
}

Tensor Tensor::floats(Type element, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  Tensor tensor = zeros(element, shape);
  if (!tensor || tensor.count != int64_t(values.size()))
    return {};
  for (auto [cell, value] : llvm::zip_equal(tensor.writable(), values))
    cell.f = value;
  return tensor.round();
}

MutableArrayRef<Cell> Tensor::writable() {
  if (data.use_count() != 1)
    data = std::make_shared<std::vector<Cell>>(*data);
  return *data;
}

SmallVector<int64_t> Tensor::integers() const {
  SmallVector<int64_t> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(integer(i));
  return result;
}

std::vector<double> Tensor::numbers() const {
  std::vector<double> result(count);
  for (int64_t i = 0; i < count; ++i)
    result[i] = number(i);
  return result;
}

Tensor Tensor::reshaped(ArrayRef<int64_t> shape) const {
  Tensor result = *this;
  result.sizes.assign(shape.begin(), shape.end());
  return elementsOf(shape) == count ? result : Tensor();
}

static APFloat convert(double value, FloatType type) {
  // Four bits have neither infinity nor NaN.
  if (isa<Float4E2M1FNType>(type))
    value = std::isnan(value) ? 6 : std::fmax(-6, std::fmin(6, value));
  APFloat number(value);
  bool losesInfo;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  return number;
}

static double roundTo(FloatType type, double value) {
  bool losesInfo;
  APFloat number = convert(value, type);
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

static int64_t wrap(int64_t value, IntegerType type) {
  unsigned bits = type.getWidth();
  if (bits == 1)
    return value != 0;
  if (bits >= 64)
    return value;
  return type.isUnsigned() ? int64_t(uint64_t(value) & llvm::maskTrailingOnes<uint64_t>(bits))
                           : llvm::SignExtend64(uint64_t(value), bits);
}

Tensor &Tensor::round() {
  if (!elementType || elementType.isF64() || elementType.isInteger(64))
    return *this;
  MutableArrayRef<Cell> cells = writable();
  if (elementType.isF32()) {
    for (Cell &cell : cells)
      cell.f = float(cell.f);
  } else if (auto type = dyn_cast<FloatType>(elementType)) {
    for (Cell &cell : cells)
      cell.f = roundTo(type, cell.f);
  } else {
    auto integer = mlir::cast<IntegerType>(elementType);
    for (Cell &cell : cells)
      cell.i = wrap(cell.i, integer);
  }
  return *this;
}

/// Truncated to an integer with a sign; the least one where it is none of this width.
static int64_t truncated(double value, unsigned width) {
  double bound = std::ldexp(1.0, width - 1);
  return value >= -bound && value < bound ? int64_t(value) : llvm::minIntN(width);
}

/// A float as an integer, as x86 converts it, and with it ONNX Runtime, NumPy and compiled code. Of
/// narrow types the high bits are dropped afterwards.
static int64_t toInteger(double value, IntegerType type) {
  unsigned width = type.getWidth();
  if (width == 1)
    return value != 0;
  if (width < 32 || (width == 32 && !type.isUnsigned()))
    return truncated(value, 32);
  double half = std::ldexp(1.0, 63);
  if (type.isUnsigned() && value >= half)
    return truncated(value - half, 64) ^ llvm::minIntN(64);
  return truncated(value, 64);
}

Tensor Tensor::cast(Type element) const {
  Tensor result = zeros(element, sizes);
  if (!result)
    return result;
  bool fromUnsigned = elementType.isUnsignedInteger(64);
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t i = 0; i < count; ++i) {
    Cell in = (*data)[i];
    if (result.floating)
      out[i].f = floating ? in.f : fromUnsigned ? double(uint64_t(in.i)) : double(in.i);
    else
      out[i].i = floating ? toInteger(in.f, mlir::cast<IntegerType>(element)) : in.i;
  }
  return result.round();
}

ElementsAttr Tensor::attribute(StringRef name) const {
  auto type = RankedTensorType::get(sizes, elementType);
  unsigned bits = elementBits(elementType);
  return makeConstant(type, name, [&](MutableArrayRef<char> bytes) {
    auto bitsOf = [&](int64_t i) -> uint64_t {
      auto type = dyn_cast<FloatType>(elementType);
      if (!type)
        return uint64_t((*data)[i].i);
      if (elementType.isF32())
        return llvm::bit_cast<uint32_t>(float((*data)[i].f));
      return convert((*data)[i].f, type).bitcastToAPInt().getZExtValue();
    };
    if (bits < 8) {
      std::fill(bytes.begin(), bytes.end(), 0);
      for (int64_t i = 0; i < count; ++i)
        storeBits(bytes.data(), bits, i, unsigned(bitsOf(i)));
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      uint64_t value = bitsOf(i);
      std::memcpy(bytes.data() + i * (bits / 8), &value, bits / 8);
    }
  });
}
