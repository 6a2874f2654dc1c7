// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which field of AttributeProto holds the value of an attribute of which type.
#ifndef RETORT_LIB_IMPORT_ATTRIBUTEFORM_H
#define RETORT_LIB_IMPORT_ATTRIBUTEFORM_H

#include "dialects/Onnx/Wire/Wire.h"

namespace retort {

/// A kind of attribute that has a form of its own in #onnx.attribute.
struct AttributeForm {
  /// AttributeProto.AttributeType.
  int64_t type;
  llvm::StringLiteral field;
  onnx::WireType wire;
  bool isList;

  /// Lists of numbers come one by one or, from proto3 writers, packed.
  bool isStoredAs(onnx::WireType stored) const {
    return stored == wire || (isList && stored == onnx::WireType::Bytes);
  }
};

inline constexpr AttributeForm attributeForms[] = {
    {1, "f", onnx::WireType::Fixed32, false},  {2, "i", onnx::WireType::Varint, false},
    {3, "s", onnx::WireType::Bytes, false},    {4, "t", onnx::WireType::Bytes, false},
    {5, "g", onnx::WireType::Bytes, false},    {6, "floats", onnx::WireType::Fixed32, true},
    {7, "ints", onnx::WireType::Varint, true}, {8, "strings", onnx::WireType::Bytes, true},
};

} // namespace retort

#endif
