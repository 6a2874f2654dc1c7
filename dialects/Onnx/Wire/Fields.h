// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's messages: the table of their fields, and any message as an attribute and back.
#ifndef RETORT_DIALECTS_ONNX_WIRE_FIELDS_H
#define RETORT_DIALECTS_ONNX_WIRE_FIELDS_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Wire/Wire.h"

namespace retort::onnx {

#include "dialects/Onnx/OnnxFields.h.inc"

enum class FieldKind : uint8_t { Varint, Float, Double, Bytes, Message };

struct Field {
  MessageKind parent;
  uint32_t number;
  const char *name;
  FieldKind kind;
  MessageKind message;
};

/// Null where the table has no such field.
const Field *findField(MessageKind parent, uint32_t number);
const Field *findField(MessageKind parent, llvm::StringRef name);
/// The number of a field, also of one that is named by its number; 0 where there is none.
uint32_t fieldNumber(MessageKind parent, llvm::StringRef name);

/// One field as an entry of #onnx.message; nullopt where it is malformed.
std::optional<mlir::NamedAttribute> decodeField(mlir::MLIRContext *context, MessageKind parent,
                                                const WireField &field, unsigned depth = 0);
/// A message as an attribute; null where it is malformed.
MessageAttr decodeMessage(mlir::MLIRContext *context, MessageKind kind, llvm::StringRef bytes,
                          unsigned depth = 0);

/// Appends a field; false where the value is of no wire type.
bool encodeField(std::string &out, MessageKind parent, mlir::NamedAttribute field);
/// The bytes of a message; its fields in their order.
std::string encodeMessage(MessageKind kind, MessageAttr message);

} // namespace retort::onnx

#endif
