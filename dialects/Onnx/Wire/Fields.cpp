// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's messages as attributes and back, by the table of fields.
#include "dialects/Onnx/Wire/Fields.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace table {
using namespace retort::onnx;
#include "dialects/Onnx/OnnxFieldTable.h.inc"
} // namespace table

/// Messages nest at will in a hostile file.
static constexpr unsigned deepest = 100;

const Field *onnx::findField(MessageKind parent, uint32_t number) {
  for (const Field &field : table::fields)
    if (field.parent == parent && field.number == number)
      return &field;
  return nullptr;
}

const Field *onnx::findField(MessageKind parent, StringRef name) {
  for (const Field &field : table::fields)
    if (field.parent == parent && name == field.name)
      return &field;
  return nullptr;
}

uint32_t onnx::fieldNumber(MessageKind parent, StringRef name) {
  if (const Field *field = findField(parent, name))
    return field->number;
  uint32_t number = 0;
  return name.getAsInteger(10, number) ? 0 : number;
}

bool onnx::readNumbers(const WireField &field, WireType wire, SmallVectorImpl<uint64_t> &numbers) {
  if (field.type == wire) {
    numbers.push_back(field.value);
    return true;
  }
  if (field.type != WireType::Bytes)
    return false;
  WireReader reader(field.bytes);
  while (!reader.atEnd())
    if (!reader.readNumber(wire, numbers.emplace_back()))
      return false;
  return true;
}

std::optional<NamedAttribute> onnx::decodeField(MLIRContext *context, MessageKind parent,
                                                const WireField &wire, unsigned depth) {
  const Field *field = findField(parent, wire.number);
  Builder builder(context);
  StringAttr name = builder.getStringAttr(field ? field->name : std::to_string(wire.number));
  Attribute value;
  switch (wire.type) {
  case WireType::Varint:
    value = builder.getI64IntegerAttr(wire.value);
    break;
  case WireType::Fixed32:
    value = field && field->kind == FieldKind::Float
                ? Attribute(FloatAttr::get(builder.getF32Type(),
                                           APFloat(llvm::bit_cast<float>(uint32_t(wire.value)))))
                : builder.getI32IntegerAttr(wire.value);
    break;
  case WireType::Fixed64:
    value = builder.getIntegerAttr(builder.getIntegerType(64, /*isSigned=*/false),
                                   APInt(64, wire.value));
    break;
  case WireType::Bytes:
    if (field && field->kind == FieldKind::Message) {
      value = depth < deepest ? decodeMessage(context, field->message, wire.bytes, depth + 1)
                              : MessageAttr();
      if (!value)
        return std::nullopt;
    } else {
      value = StringAttr::get(context, wire.bytes);
    }
    break;
  }
  return NamedAttribute(name, value);
}

MessageAttr onnx::decodeMessage(MLIRContext *context, MessageKind kind, StringRef bytes,
                                unsigned depth) {
  SmallVector<NamedAttribute> fields;
  WireReader reader(bytes);
  WireField wire;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return {};
    auto field = decodeField(context, kind, wire, depth);
    if (!field)
      return {};
    fields.push_back(*field);
  }
  return MessageAttr::get(context, fields);
}

static void writeFixed(std::string &out, uint32_t number, uint64_t bits, unsigned width) {
  writeTag(out, number, width == 4 ? WireType::Fixed32 : WireType::Fixed64);
  out.append(reinterpret_cast<const char *>(&bits), width);
}

bool onnx::encodeField(std::string &out, MessageKind parent, NamedAttribute field) {
  uint32_t number = fieldNumber(parent, field.getName());
  if (!number)
    return false;
  Attribute value = field.getValue();
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    if (integer.getType().isUnsignedInteger())
      writeFixed(out, number, integer.getValue().getZExtValue(), 8);
    else if (integer.getType().isInteger(32))
      writeFixed(out, number, integer.getValue().getZExtValue(), 4);
    else
      writeInt(out, number, integer.getValue().getZExtValue());
    return true;
  }
  if (auto real = dyn_cast<FloatAttr>(value)) {
    APInt bits = real.getValue().bitcastToAPInt();
    writeFixed(out, number, bits.getZExtValue(), bits.getBitWidth() / 8);
    return true;
  }
  if (auto text = dyn_cast<StringAttr>(value)) {
    writeBytes(out, number, text.getValue());
    return true;
  }
  auto message = dyn_cast<MessageAttr>(value);
  if (!message)
    return false;
  const Field *known = findField(parent, number);
  writeBytes(out, number, encodeMessage(known ? known->message : MessageKind::None, message));
  return true;
}

std::string onnx::encodeMessage(MessageKind kind, MessageAttr message) {
  std::string out;
  for (NamedAttribute field : message.getFields())
    encodeField(out, kind, field);
  return out;
}
