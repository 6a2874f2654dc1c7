// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads weights where they lie.
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

#include <cstring>

using namespace mlir;
using namespace retort;

unsigned onnx::elementBits(Type element) {
  if (element.isInteger(1))
    return 8;
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * elementBits(complex.getElementType());
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
}

int64_t onnx::encodedBytes(RankedTensorType type) {
  return (type.getNumElements() * int64_t(elementBits(type.getElementType())) + 7) / 8;
}

bool onnx::isLarge(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() && isLarge(encodedBytes(tensor));
}

/// dense<> stores a bool as a bit and other narrow elements as a byte each.
static std::vector<char> encodeNarrow(DenseElementsAttr dense, unsigned bits, int64_t count) {
  std::vector<char> bytes((count * bits + 7) / 8);
  bool isFloat = isa<FloatType>(dense.getElementType());
  for (int64_t i = 0; i < count; ++i) {
    APInt raw =
        isFloat ? dense.getValues<APFloat>()[i].bitcastToAPInt() : dense.getValues<APInt>()[i];
    onnx::storeBits(bytes.data(), bits, i, unsigned(raw.getZExtValue()));
  }
  return bytes;
}

std::optional<onnx::ConstantView> onnx::ConstantView::of(Attribute attribute) {
  auto elements = dyn_cast_or_null<ElementsAttr>(attribute);
  auto type = elements ? dyn_cast<RankedTensorType>(elements.getType()) : nullptr;
  if (!type || !type.hasStaticShape() || !elementBits(type.getElementType()))
    return std::nullopt;
  ConstantView view;
  view.tensorType = type;
  view.bits = elementBits(type.getElementType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || int64_t(blob->getData().size()) != encodedBytes(type))
      return std::nullopt;
    view.data = blob->getData();
    return view;
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense || isa<DenseStringElementsAttr>(attribute))
    return std::nullopt;
  view.splat = dense.isSplat();
  if (view.splat)
    view.expansion = std::make_shared<Expansion>();
  view.data = dense.getRawData();
  if (view.bits < 8 || type.getElementType().isInteger(1)) {
    int64_t count = view.splat ? 1 : type.getNumElements();
    view.converted = std::make_shared<std::vector<char>>(encodeNarrow(dense, view.bits, count));
    view.data = *view.converted;
  }
  return view;
}

std::optional<onnx::ConstantView> onnx::ConstantView::of(Value value) {
  Operation *op = value ? value.getDefiningOp() : nullptr;
  if (!op)
    return std::nullopt;
  StringRef name = op->getName().getStringRef();
  if (name != "onnx.initializer" && name != "onnx.Constant" && name != "arith.constant")
    return std::nullopt;
  return of(op->getAttr("value"));
}

/// Fills `all` with `count` times the first element of `data`.
static void repeat(ArrayRef<char> data, unsigned bits, int64_t count, std::vector<char> &all) {
  if (bits >= 8) {
    for (size_t i = 0; i < all.size(); ++i)
      all[i] = data[i % (bits / 8)];
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    onnx::storeBits(all.data(), bits, i, onnx::loadBits(data.data(), bits, 0));
}

int64_t onnx::ConstantView::byteCount() const { return encodedBytes(tensorType); }

ArrayRef<char> onnx::ConstantView::bytes() const {
  if (!splat)
    return data;
  std::call_once(expansion->once, [&] {
    expansion->bytes.resize(byteCount());
    repeat(data, bits, size(), expansion->bytes);
  });
  return expansion->bytes;
}

uint64_t onnx::ConstantView::bitsAt(int64_t i) const {
  i = splat ? 0 : i;
  if (bits < 8)
    return loadBits(data.data(), bits, i);
  uint64_t value = 0;
  std::memcpy(&value, data.data() + i * (bits / 8), std::min<size_t>(bits / 8, sizeof(value)));
  return value;
}

/// A binary16, exactly: its bits as those of a float, but for the bias of the exponent.
static float widenHalf(uint16_t half) {
  uint32_t magnitude = uint32_t(half & 0x7fff) << 13, sign = uint32_t(half & 0x8000) << 16;
  if (magnitude >= 0x0f800000) // infinity, not a number
    return llvm::bit_cast<float>(sign | 0x7f800000 | magnitude);
  float value = llvm::bit_cast<float>(magnitude) * 0x1p112f;
  return sign ? -value : value;
}

/// Types are told apart by their class: asking for the interface of all floats takes ten times the
/// time of reading an element.
double onnx::ConstantView::floatAt(int64_t i) const {
  Type element = tensorType.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    return integer.isUnsigned() ? double(uint64_t(intAt(i))) : double(intAt(i));
  uint64_t raw = bitsAt(i);
  if (isa<Float32Type>(element))
    return llvm::bit_cast<float>(uint32_t(raw));
  if (isa<Float16Type>(element))
    return widenHalf(uint16_t(raw));
  if (isa<BFloat16Type>(element))
    return llvm::bit_cast<float>(uint32_t(raw) << 16);
  if (isa<Float64Type>(element))
    return llvm::bit_cast<double>(raw);
  auto type = dyn_cast<FloatType>(element);
  if (!type)
    return 0; // complex numbers have no one value
  APFloat number(type.getFloatSemantics(), APInt(bits, raw));
  bool inexact;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  return number.convertToDouble();
}

int64_t onnx::ConstantView::intAt(int64_t i) const {
  auto type = dyn_cast<IntegerType>(tensorType.getElementType());
  if (!type)
    return int64_t(floatAt(i));
  uint64_t raw = bitsAt(i);
  if (type.isUnsigned() || type.getWidth() == 1 || bits == 64)
    return int64_t(raw);
  return llvm::SignExtend64(raw, bits);
}

unsigned onnx::ConstantView::packedAt(unsigned width, int64_t i) const {
  if (!splat)
    return loadBits(data.data(), width, i);
  unsigned pair = uint8_t(data[0]) * 0x101u; // all bytes are equal
  return (pair >> (i * width % 8)) & ((1u << width) - 1);
}

void onnx::ConstantView::readFloats(int64_t begin, MutableArrayRef<float> result) const {
  if (!splat && isa<Float32Type>(tensorType.getElementType())) {
    std::memcpy(result.data(), data.data() + begin * 4, result.size() * 4);
    return;
  }
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = float(floatAt(begin + i));
}

std::vector<float> onnx::ConstantView::floats(int64_t begin, int64_t count) const {
  std::vector<float> result(count);
  readFloats(begin, result);
  return result;
}
