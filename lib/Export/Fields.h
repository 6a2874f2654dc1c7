// The fields of a message that is put together from several places, in the order that protobuf writes them.
#ifndef RETORT_LIB_EXPORT_FIELDS_H
#define RETORT_LIB_EXPORT_FIELDS_H

#include "dialects/Onnx/Wire/Fields.h"

#include <map>

namespace retort {

class FieldList {
public:
  explicit FieldList(onnx::MessageKind kind) : kind(kind) {}

  void add(uint32_t number, llvm::StringRef encoded) {
    fields[number] += encoded;
  }
  void addBytes(llvm::StringRef name, llvm::StringRef bytes) {
    uint32_t number = onnx::fieldNumber(kind, name);
    onnx::writeBytes(fields[number], number, bytes);
  }
  void addInt(llvm::StringRef name, uint64_t value) {
    uint32_t number = onnx::fieldNumber(kind, name);
    onnx::writeInt(fields[number], number, value);
  }
  void addString(llvm::StringRef name, mlir::StringAttr text) {
    if (text)
      addBytes(name, text.getValue());
  }
  void add(mlir::NamedAttribute field) {
    std::string encoded;
    if (onnx::encodeField(encoded, kind, field))
      add(onnx::fieldNumber(kind, field.getName()), encoded);
  }
  void addAll(onnx::MessageAttr message) {
    if (message)
      for (mlir::NamedAttribute field : message.getFields())
        add(field);
  }
  std::string take() {
    std::string out;
    for (auto &[number, encoded] : fields) {
      out += encoded;
      encoded = std::string(); // memory: a field may be the whole graph
    }
    return out;
  }

private:
  onnx::MessageKind kind;
  /// Encoded, by number.
  std::map<uint32_t, std::string> fields;
};

} // namespace retort

#endif
