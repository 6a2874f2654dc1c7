// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The element types of tensors: their names in manifests (MLIR's), their numbers in ONNX, their
// values as double.
#include "lib/Runtime/ElementType.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace retort::runtime;

// In the order of the enumeration.
static const ElementTypeInfo table[] = {
    {"f64", 11, 64, NumberKind::Float},
    {"f32", 1, 32, NumberKind::Float},
    {"f16", 10, 16, NumberKind::Float},
    {"bf16", 16, 16, NumberKind::Float},
    {"i64", 7, 64, NumberKind::Signed},
    {"i32", 6, 32, NumberKind::Signed},
    {"i16", 5, 16, NumberKind::Signed},
    {"i8", 3, 8, NumberKind::Signed},
    {"ui64", 13, 64, NumberKind::Unsigned},
    {"ui32", 12, 32, NumberKind::Unsigned},
    {"ui16", 4, 16, NumberKind::Unsigned},
    {"ui8", 2, 8, NumberKind::Unsigned},
    {"i1", 9, 8, NumberKind::Bool},
    {"i4", 22, 4, NumberKind::Signed},
    {"ui4", 21, 4, NumberKind::Unsigned},
    {"i2", 26, 2, NumberKind::Signed},
    {"ui2", 25, 2, NumberKind::Unsigned},
    {"f8E4M3FN", 17, 8, NumberKind::Float},
    {"f8E4M3FNUZ", 18, 8, NumberKind::Float},
    {"f8E5M2", 19, 8, NumberKind::Float},
    {"f8E5M2FNUZ", 20, 8, NumberKind::Float},
    {"f8E8M0FNU", 24, 8, NumberKind::Float},
    {"f4E2M1FN", 23, 4, NumberKind::Float},
    {"complex<f32>", 14, 64, NumberKind::Complex},
    {"complex<f64>", 15, 128, NumberKind::Complex},
};

const ElementTypeInfo &retort::runtime::info(ElementType type) { return table[size_t(type)]; }

template <typename Predicate> static std::optional<ElementType> find(Predicate matches) {
  for (size_t i = 0; i < std::size(table); ++i)
    if (matches(table[i]))
      return ElementType(i);
  return std::nullopt;
}

std::optional<ElementType> retort::runtime::elementTypeNamed(std::string_view name) {
  return find([&](const ElementTypeInfo &info) { return info.name == name; });
}

std::optional<ElementType> retort::runtime::elementTypeOfOnnx(int number) {
  return find([&](const ElementTypeInfo &info) { return info.onnx == number; });
}

int64_t retort::runtime::bytesOf(ElementType type, int64_t count) {
  unsigned bits = info(type).bits;
  return bits >= 8 ? count * (bits / 8) : (count * bits + 7) / 8;
}

template <typename T> static T load(const void *data, int64_t i) {
  T value;
  std::memcpy(&value, static_cast<const char *>(data) + i * sizeof(T), sizeof(T));
  return value;
}

template <typename T> static void put(void *data, int64_t i, T value) {
  std::memcpy(static_cast<char *>(data) + i * sizeof(T), &value, sizeof(T));
}

static float floatOf(uint32_t bits) { return load<float>(&bits, 0); }
static uint32_t bitsOf(float value) { return load<uint32_t>(&value, 0); }

/// The bits of element `i` where several share a byte.
static unsigned packed(const void *data, int64_t i, unsigned bits) {
  unsigned perByte = 8 / bits;
  return (static_cast<const uint8_t *>(data)[i / perByte] >> (bits * (i % perByte))) &
         ((1u << bits) - 1);
}

unsigned retort::runtime::bitsAt(ElementType type, const void *data, int64_t i) {
  return packed(data, i, info(type).bits);
}

void retort::runtime::putBits(ElementType type, void *data, int64_t i, unsigned bits) {
  unsigned width = info(type).bits, perByte = 8 / width;
  auto *byte = static_cast<uint8_t *>(data) + i / perByte;
  *byte |= uint8_t((bits & ((1u << width) - 1)) << (width * (i % perByte)));
}

static int64_t signExtend(unsigned value, unsigned bits) {
  return (value >> (bits - 1)) & 1 ? int64_t(value) - (int64_t(1) << bits) : value;
}

/// Sign, exponent and mantissa put together; subnormals included, no special values.
static double minifloat(unsigned bits, unsigned exponentBits, unsigned mantissaBits, int bias) {
  unsigned mantissa = bits & ((1u << mantissaBits) - 1);
  unsigned exponent = (bits >> mantissaBits) & ((1u << exponentBits) - 1);
  double value = exponent ? std::ldexp(double(mantissa + (1u << mantissaBits)),
                                       int(exponent) - bias - int(mantissaBits))
                          : std::ldexp(double(mantissa), 1 - bias - int(mantissaBits));
  return (bits >> (exponentBits + mantissaBits)) & 1 ? -value : value;
}

static double smallFloat(ElementType type, unsigned bits) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (type) {
  case ElementType::F8E4M3FN:
    return (bits & 0x7f) == 0x7f ? nan : minifloat(bits, 4, 3, 7);
  case ElementType::F8E4M3FNUZ:
    return bits == 0x80 ? nan : minifloat(bits, 4, 3, 8);
  case ElementType::F8E5M2:
    if ((bits & 0x7c) == 0x7c)
      return bits & 3 ? nan : bits & 0x80 ? -infinity : infinity;
    return minifloat(bits, 5, 2, 15);
  case ElementType::F8E5M2FNUZ:
    return bits == 0x80 ? nan : minifloat(bits, 5, 2, 16);
  case ElementType::F8E8M0FNU:
    return bits == 0xff ? nan : std::ldexp(1.0, int(bits) - 127);
  default: // F4E2M1FN
    return minifloat(bits, 2, 1, 1);
  }
}

float retort::runtime::halfToFloat(uint16_t half) {
  unsigned exponent = (half >> 10) & 0x1f;
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  if (exponent == 0x1f)
    return floatOf(sign | 0x7f800000 | uint32_t(half & 0x3ff) << 13);
  float value = float(minifloat(half & 0x7fff, 5, 10, 15));
  return sign ? -value : value;
}

uint16_t retort::runtime::floatToHalf(float value) {
  uint32_t bits = bitsOf(value);
  uint16_t sign = uint16_t(bits >> 16) & 0x8000;
  if (std::isnan(value))
    return sign | 0x7e00;
  float magnitude = std::fabs(value);
  if (magnitude >= 65520.0f) // rounds to infinity
    return sign | 0x7c00;
  if (magnitude < 6.103515625e-05f) // subnormal: a multiple of 2^-24
    return sign | uint16_t(std::nearbyint(std::ldexp(double(magnitude), 24)));
  int exponent;
  double fraction = std::frexp(double(magnitude), &exponent); // in [0.5, 1)
  auto mantissa = uint32_t(std::nearbyint(std::ldexp(fraction, 11)));
  return uint16_t(sign |
                  (((exponent + 13) << 10) + mantissa)); // the hidden bit adds one to the exponent
}

static uint16_t floatToBf16(float value) {
  uint32_t bits = bitsOf(value);
  if (std::isnan(value))
    return uint16_t(bits >> 16) | 0x40;
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

int64_t retort::runtime::toInteger(ElementType type, const void *data, int64_t i) {
  const ElementTypeInfo &facts = info(type);
  if (facts.kind == NumberKind::Float || facts.kind == NumberKind::Complex)
    return int64_t(toDouble(type, data, i));
  if (facts.bits < 8)
    return facts.kind == NumberKind::Signed ? signExtend(packed(data, i, facts.bits), facts.bits)
                                            : packed(data, i, facts.bits);
  switch (type) {
  case ElementType::I32:
    return load<int32_t>(data, i);
  case ElementType::I16:
    return load<int16_t>(data, i);
  case ElementType::I8:
    return load<int8_t>(data, i);
  case ElementType::UI32:
    return load<uint32_t>(data, i);
  case ElementType::UI16:
    return load<uint16_t>(data, i);
  case ElementType::UI8:
  case ElementType::Bool:
    return load<uint8_t>(data, i);
  default: // I64, UI64
    return load<int64_t>(data, i);
  }
}

double retort::runtime::toDouble(ElementType type, const void *data, int64_t i) {
  switch (type) {
  case ElementType::F64:
    return load<double>(data, i);
  case ElementType::F32:
    return load<float>(data, i);
  case ElementType::F16:
    return halfToFloat(load<uint16_t>(data, i));
  case ElementType::BF16:
    return floatOf(uint32_t(load<uint16_t>(data, i)) << 16);
  case ElementType::C64:
    return load<float>(data, 2 * i);
  case ElementType::C128:
    return load<double>(data, 2 * i);
  case ElementType::UI64:
    return double(load<uint64_t>(data, i));
  default:
    break;
  }
  if (info(type).kind != NumberKind::Float)
    return double(toInteger(type, data, i));
  return smallFloat(type, info(type).bits == 8 ? load<uint8_t>(data, i)
                                               : packed(data, i, info(type).bits));
}

void retort::runtime::store(ElementType type, void *data, int64_t i, double value) {
  switch (type) {
  case ElementType::F64:
    return put(data, i, value);
  case ElementType::F32:
    return put(data, i, float(value));
  case ElementType::F16:
    return put(data, i, floatToHalf(float(value)));
  case ElementType::BF16:
    return put(data, i, floatToBf16(float(value)));
  case ElementType::Bool:
    return put(data, i, uint8_t(value != 0));
  default:
    break;
  }
  switch (info(type).bits) {
  case 64:
    return put(data, i, int64_t(value));
  case 32:
    return put(data, i, int32_t(int64_t(value)));
  case 16:
    return put(data, i, int16_t(int64_t(value)));
  case 8:
    return put(data, i, int8_t(int64_t(value)));
  default: // packed and complex values are read, never made
    break;
  }
}
