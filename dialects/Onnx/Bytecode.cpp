// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes of the onnx dialect in MLIR's bytecode, part by part.
//
// Without an encoding of its own an attribute is written as text, and a tensor inside of it by the
// name of its resource alone. A reader makes a new, empty resource of that name: the data of every
// large tensor in an attribute of a node would be lost.
#include "dialects/Onnx/Bytecode.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
enum Code : uint64_t { Message = 0, NodeAttribute = 1 };

struct OnnxBytecode : BytecodeDialectInterface {
  explicit OnnxBytecode(Dialect *dialect) : BytecodeDialectInterface(dialect) {}

  LogicalResult writeAttribute(Attribute attribute, DialectBytecodeWriter &writer) const override {
    return llvm::TypeSwitch<Attribute, LogicalResult>(attribute)
        .Case([&](MessageAttr message) {
          writer.writeVarInt(Message);
          writer.writeList(message.getFields(), [&](NamedAttribute field) {
            writer.writeAttribute(field.getName());
            writer.writeAttribute(field.getValue());
          });
          return success();
        })
        .Case([&](AttributeAttr named) {
          writer.writeVarInt(NodeAttribute);
          writer.writeAttribute(named.getName());
          writer.writeAttribute(named.getValue());
          writer.writeOptionalAttribute(named.getContent());
          writer.writeOptionalAttribute(named.getRest());
          return success();
        })
        .Default([](Attribute) { return failure(); });
  }

  Attribute readAttribute(DialectBytecodeReader &reader) const override {
    uint64_t code;
    if (failed(reader.readVarInt(code)))
      return {};
    if (code == Message)
      return readMessage(reader);
    if (code == NodeAttribute)
      return readNodeAttribute(reader);
    reader.emitError() << "expects an attribute of onnx, found code " << code;
    return {};
  }

  Attribute readMessage(DialectBytecodeReader &reader) const {
    SmallVector<NamedAttribute> fields;
    auto readField = [&]() -> LogicalResult {
      StringAttr name;
      Attribute value;
      if (failed(reader.readAttribute(name)) || failed(reader.readAttribute(value)))
        return failure();
      fields.emplace_back(name, value);
      return success();
    };
    uint64_t count;
    if (failed(reader.readVarInt(count)))
      return {};
    for (uint64_t i = 0; i < count; ++i)
      if (failed(readField()))
        return {};
    return MessageAttr::get(getContext(), fields);
  }

  Attribute readNodeAttribute(DialectBytecodeReader &reader) const {
    StringAttr name;
    Attribute value;
    MessageAttr content, rest;
    if (failed(reader.readAttribute(name)) || failed(reader.readAttribute(value)) ||
        failed(reader.readOptionalAttribute(content)) || failed(reader.readOptionalAttribute(rest)))
      return {};
    return AttributeAttr::get(getContext(), name, value, content, rest);
  }
};
} // namespace

std::unique_ptr<DialectInterface> onnx::makeBytecodeInterface(Dialect *dialect) {
  return std::make_unique<OnnxBytecode>(dialect);
}
