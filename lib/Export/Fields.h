// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fields of a message that is put together from several places, in the order that protobuf
// writes them.
#ifndef RETORT_LIB_EXPORT_FIELDS_H
#define RETORT_LIB_EXPORT_FIELDS_H

#include "dialects/Onnx/Wire/Fields.h"
#include "lib/Export/Bytes.h"

#include <map>

namespace retort {

class FieldList {
public:
  explicit FieldList(onnx::MessageKind kind) : kind(kind) {}

  void addBytes(llvm::StringRef name, Bytes &&bytes) {
    uint32_t number = onnx::fieldNumber(kind, name);
    std::string head;
    onnx::writeTag(head, number, onnx::WireType::Bytes);
    onnx::writeVarint(head, bytes.size());
    fields[number].append(head);
    fields[number].append(std::move(bytes));
  }
  void addBytes(llvm::StringRef name, llvm::StringRef text) { addBytes(name, Bytes(text)); }
  void addInt(llvm::StringRef name, uint64_t value) {
    uint32_t number = onnx::fieldNumber(kind, name);
    std::string encoded;
    onnx::writeInt(encoded, number, value);
    fields[number].append(encoded);
  }
  void addString(llvm::StringRef name, mlir::StringAttr text) {
    if (text)
      addBytes(name, text.getValue());
  }
  /// Marks, which are `unit`, are no fields.
  void add(mlir::NamedAttribute field) {
    std::string encoded;
    if (onnx::encodeField(encoded, kind, field))
      fields[onnx::fieldNumber(kind, field.getName())].append(encoded);
  }
  void addAll(onnx::MessageAttr message) {
    if (message)
      for (mlir::NamedAttribute field : message.getFields())
        add(field);
  }
  Bytes take() {
    Bytes all;
    for (auto &field : fields)
      all.append(std::move(field.second));
    return all;
  }

private:
  onnx::MessageKind kind;
  /// Encoded, by number.
  std::map<uint32_t, Bytes> fields;
};

} // namespace retort

#endif
