// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The element types of tensors: their names in manifests (MLIR's), their numbers in ONNX, their
// values as double.
#ifndef RETORT_LIB_RUNTIME_ELEMENTTYPE_H
#define RETORT_LIB_RUNTIME_ELEMENTTYPE_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace retort::runtime {

enum class ElementType : uint8_t {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  UI64,
  UI32,
  UI16,
  UI8,
  /// One byte per element.
  Bool,
  /// Two or four elements to a byte, the low bits first.
  I4,
  UI4,
  I2,
  UI2,
  F8E4M3FN,
  F8E4M3FNUZ,
  F8E5M2,
  F8E5M2FNUZ,
  F8E8M0FNU,
  F4E2M1FN,
  C64,
  C128
};

enum class NumberKind : uint8_t { Float, Signed, Unsigned, Bool, Complex };

struct ElementTypeInfo {
  std::string_view name; // in manifests
  int onnx;              // TensorProto.DataType
  unsigned bits;
  NumberKind kind;
};

const ElementTypeInfo &info(ElementType type);
/// By MLIR's name ("f32", "ui8"); nullopt where no tensor of the runtime has such elements.
std::optional<ElementType> elementTypeNamed(std::string_view name);
/// By the number in TensorProto.DataType.
std::optional<ElementType> elementTypeOfOnnx(int number);

/// The bytes of `count` elements.
int64_t bytesOf(ElementType type, int64_t count);

/// The bits of element `i`, for types of at most a byte.
unsigned bitsAt(ElementType type, const void *data, int64_t i);
/// Sets the bits of an element that is still zero.
void putBits(ElementType type, void *data, int64_t i, unsigned bits);

/// Element `i` of `data` as a double; exact but for 64-bit integers beyond 2^53. Complex: the real
/// part.
double toDouble(ElementType type, const void *data, int64_t i);
/// Element `i` as an integer; floats are truncated.
int64_t toInteger(ElementType type, const void *data, int64_t i);
/// Stores `value`, rounded to the nearest where the type is a float of at least 16 bits, truncated
/// where it is an integer.
void store(ElementType type, void *data, int64_t i, double value);

/// IEEE 754 binary16 from and to f32; rounded to nearest even.
float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);

} // namespace retort::runtime

#endif
