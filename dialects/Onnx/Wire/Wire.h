// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Protobuf's wire format: reading and writing of fields, without copying. MLIR is compiled without
// exceptions, which rules out protozero: it throws on malformed input.
#ifndef RETORT_DIALECTS_ONNX_WIRE_WIRE_H
#define RETORT_DIALECTS_ONNX_WIRE_WIRE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstring>
#include <optional>
#include <string>

namespace retort::onnx {

enum class WireType : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// One field as the file has it.
struct WireField {
  uint32_t number = 0;
  WireType type = WireType::Varint;
  /// The number of a varint, the bits of a fixed field.
  uint64_t value = 0;
  llvm::StringRef bytes;
};

/// Reads the fields of a message one by one.
class WireReader {
public:
  explicit WireReader(llvm::StringRef data) : data(data) {}

  bool atEnd() const { return data.empty(); }
  /// False where the data is malformed.
  bool readVarint(uint64_t &value) {
    value = 0;
    for (unsigned i = 0; i < 10 && i < data.size(); ++i) {
      uint8_t byte = data[i];
      value |= uint64_t(byte & 127) << (7 * i);
      if (byte < 128) {
        data = data.drop_front(i + 1);
        return true;
      }
    }
    return false;
  }
  /// A number without a tag, as in a packed field.
  bool readNumber(WireType wire, uint64_t &value) {
    if (wire == WireType::Varint)
      return readVarint(value);
    return readFixed(value, wire == WireType::Fixed32 ? 4 : 8);
  }
  bool read(WireField &field) {
    uint64_t tag;
    if (!readVarint(tag) || tag >> 3 == 0 || tag >> 32 != 0)
      return false;
    field.number = tag >> 3;
    field.type = WireType(tag & 7);
    uint64_t size;
    switch (field.type) {
    case WireType::Varint:
      return readVarint(field.value);
    case WireType::Fixed64:
      return readFixed(field.value, 8);
    case WireType::Fixed32:
      return readFixed(field.value, 4);
    case WireType::Bytes:
      if (!readVarint(size) || size > data.size())
        return false;
      field.bytes = data.take_front(size);
      data = data.drop_front(size);
      return true;
    }
    return false; // groups, which ONNX has none of
  }

private:
  bool readFixed(uint64_t &value, unsigned width) {
    if (data.size() < width)
      return false;
    value = 0;
    std::memcpy(&value, data.data(), width);
    data = data.drop_front(width);
    return true;
  }

  llvm::StringRef data;
};

/// Appends the numbers of a repeated field, which come one by one, or packed as bytes; false where
/// they are malformed. `wire` is what each is stored as. Fixed numbers are bits.
bool readNumbers(const WireField &field, WireType wire, llvm::SmallVectorImpl<uint64_t> &numbers);

inline void writeVarint(std::string &out, uint64_t value) {
  for (; value >= 128; value >>= 7)
    out.push_back(char(value | 128));
  out.push_back(char(value));
}

inline void writeTag(std::string &out, uint32_t number, WireType type) {
  writeVarint(out, uint64_t(number) << 3 | uint64_t(type));
}

inline void writeBytes(std::string &out, uint32_t number, llvm::StringRef bytes) {
  writeTag(out, number, WireType::Bytes);
  writeVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

inline void writeInt(std::string &out, uint32_t number, uint64_t value) {
  writeTag(out, number, WireType::Varint);
  writeVarint(out, value);
}

} // namespace retort::onnx

#endif
