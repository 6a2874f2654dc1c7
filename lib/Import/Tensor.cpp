// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TensorProto as a constant, in two readings: the type first, as it says how the data are stored,
// then everything else.
#include "lib/Import/Tensor.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr MessageKind kind = MessageKind::TensorProto;

struct TensorImporter::Parts {
  std::string name;
  RankedTensorType type;
  int64_t size = 0; // in bytes; of a tensor of strings, their number
  SmallVector<NamedAttribute> encoding;
  /// The field that holds the data; empty where there is none.
  StringRef dataField;
  bool external = false;
  llvm::StringMap<std::string> location;
  /// Where the data lie, and what keeps them mapped.
  StringRef view;
  std::shared_ptr<void> owner;
  /// The same where they are encoded one by one.
  std::vector<char> packed;
  SmallVector<StringRef> strings;
};

template <typename... Values> static llvm::Error problem(const char *format, Values &&...values) {
  return llvm::createStringError(llvm::formatv(format, std::forward<Values>(values)...));
}
static llvm::Error malformed() {
  return problem("is not an ONNX model: a tensor is malformed or cut off");
}

/// Sets `size` to the bytes of the tensor; false where the product overflows.
static bool countBytes(ArrayRef<int64_t> dims, unsigned bits, int64_t &size) {
  int64_t count = 1;
  for (int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count))
      return false;
  if (__builtin_mul_overflow(count, int64_t(bits), &size) || size > INT64_MAX - 7)
    return false;
  size = (size + 7) / 8;
  return true;
}

/// How a field of data stores its elements; nullopt for other fields.
static std::optional<WireType> storedAs(StringRef field) {
  return llvm::StringSwitch<std::optional<WireType>>(field)
      .Case("float_data", WireType::Fixed32)
      .Case("double_data", WireType::Fixed64)
      .Cases({"int32_data", "int64_data", "uint64_data"}, WireType::Varint)
      .Cases({"raw_data", "string_data"}, WireType::Bytes)
      .Default(std::nullopt);
}

llvm::Error TensorImporter::readHeader(StringRef bytes, Parts &parts) {
  SmallVector<uint64_t> dims;
  uint64_t number = 0;
  WireReader reader(bytes);
  WireField wire;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return malformed();
    const Field *field = findField(kind, wire.number);
    StringRef name = field ? field->name : "";
    if (name == "dims" && !readNumbers(wire, WireType::Varint, dims))
      return malformed();
    if (name == "data_type" && wire.type == WireType::Varint)
      number = wire.value;
    if (name == "name" && wire.type == WireType::Bytes)
      parts.name = wire.bytes.str();
  }
  Type element = elementTypeOf(context, number);
  if (!element)
    return problem("tensor '{0}' has the unknown type {1}", parts.name, number);
  SmallVector<int64_t> shape(dims.begin(), dims.end());
  unsigned bits = isa<onnx::StringType>(element) ? 8 : elementBits(element);
  if (!countBytes(shape, bits, parts.size))
    return problem("tensor '{0}' has impossible dimensions [{1:$[, ]}]", parts.name,
                   llvm::make_range(shape.begin(), shape.end()));
  parts.type = RankedTensorType::get(shape, element);
  return llvm::Error::success();
}

/// Appends numbers as raw data store them; stops a little above `limit`, as a file may hold more
/// than it declares.
static bool pack(const WireField &wire, WireType stored, unsigned width, size_t limit,
                 std::vector<char> &bytes) {
  auto append = [&](uint64_t number) {
    auto *begin = reinterpret_cast<const char *>(&number);
    bytes.insert(bytes.end(), begin, begin + width);
  };
  if (wire.type == stored)
    return append(wire.value), true;
  WireReader reader(wire.bytes);
  uint64_t number;
  while (!reader.atEnd() && bytes.size() <= limit) {
    if (!reader.readNumber(stored, number))
      return false;
    append(number);
  }
  return wire.type == WireType::Bytes;
}

/// Numbers of six bits come one in a byte, but raw data pack them.
static void packSixBits(std::vector<char> &bytes) {
  std::vector<char> packed((bytes.size() * 6 + 7) / 8);
  for (size_t i = 0; i < bytes.size(); ++i)
    storeBits(packed.data(), 6, i, uint8_t(bytes[i]));
  bytes = std::move(packed);
}

llvm::Error TensorImporter::readData(StringRef field, const WireField &wire, Parts &parts) {
  bool isFirst = parts.dataField.empty();
  if (!isFirst && parts.dataField != field)
    return problem("tensor '{0}' holds both '{1}' and '{2}'", parts.name, parts.dataField, field);
  parts.dataField = field;
  if (isFirst)
    parts.encoding.emplace_back(StringAttr::get(context, field), UnitAttr::get(context));
  WireType stored = *storedAs(field);
  if (stored == WireType::Bytes && wire.type != WireType::Bytes)
    return malformed();
  if (field == "string_data")
    parts.strings.push_back(wire.bytes);
  else if (field == "raw_data")
    parts.view = wire.bytes;
  else if (isFirst && stored != WireType::Varint && wire.type == WireType::Bytes)
    parts.view = wire.bytes; // packed numbers of a fixed width are as raw data
  else {
    if (stored == WireType::Varint && isa<ComplexType>(parts.type.getElementType()))
      return problem("tensor '{0}' of complex numbers holds '{1}', which has only integers",
                     parts.name, field);
    parts.packed.insert(parts.packed.end(), parts.view.begin(), parts.view.end());
    parts.view = {};
    unsigned width = std::max(1u, elementBits(parts.type.getElementType()) / 8);
    if (stored != WireType::Varint)
      width = stored == WireType::Fixed32 ? 4 : 8;
    size_t limit = std::max(parts.size, parts.type.getNumElements());
    if (!pack(wire, stored, width, limit, parts.packed))
      return malformed();
  }
  return llvm::Error::success();
}

llvm::Error TensorImporter::readFields(StringRef bytes, bool keepName, Parts &parts) {
  Builder builder(context);
  WireReader reader(bytes);
  WireField wire;
  while (!reader.atEnd()) {
    reader.read(wire); // it was read before
    const Field *field = findField(kind, wire.number);
    StringRef name = field ? field->name : "";
    if (storedAs(name)) {
      if (llvm::Error error = readData(name, wire, parts))
        return error;
      continue;
    }
    if (name == "dims" && wire.type == WireType::Bytes)
      parts.encoding.emplace_back(builder.getStringAttr(name), builder.getUnitAttr());
    if (name == "dims" || name == "data_type" || (name == "name" && !keepName))
      continue;
    auto decoded = decodeField(context, kind, wire);
    if (!decoded)
      return malformed();
    parts.encoding.push_back(*decoded);
    parts.external |= name == "data_location" && wire.value == 1;
    if (auto entry = dyn_cast<MessageAttr>(decoded->getValue()); entry && name == "external_data")
      parts.location[entry.getString("key")] = entry.getString("value").str();
  }
  return llvm::Error::success();
}

llvm::Expected<std::shared_ptr<MappedFile>> TensorImporter::fileAt(StringRef location) {
  std::shared_ptr<MappedFile> &file = files[location];
  if (!file) {
    auto opened = MappedFile::openBelow(folder, location);
    if (!opened)
      return opened.takeError();
    file = *opened;
  }
  return file;
}

llvm::Error TensorImporter::readExternal(Parts &parts) {
  std::string location = parts.location.lookup("location");
  auto file = fileAt(location);
  if (!file)
    return problem("external data '{0}' of '{1}' {2}", location, parts.name,
                   toString(file.takeError()));
  uint64_t offset = 0, length = parts.size, size = (*file)->data().size();
  auto isNumber = [&](StringRef key, uint64_t &value) {
    return !parts.location.count(key) || !StringRef(parts.location[key]).getAsInteger(10, value);
  };
  if (!isNumber("offset", offset) || offset > size)
    return problem("external data of '{0}': offset '{1}' lies outside of '{2}' ({3} bytes)",
                   parts.name, parts.location.lookup("offset"), location, size);
  if (!isNumber("length", length) || length > size - offset)
    return problem("external data of '{0}': {1} bytes at offset {2} reach beyond '{3}' ({4} bytes)",
                   parts.name,
                   parts.location.count("length") ? parts.location["length"]
                                                  : std::to_string(length),
                   offset, location, size);
  ++references[location];
  parts.owner = *file;
  parts.view = (*file)->data().substr(offset, length);
  return llvm::Error::success();
}

llvm::Expected<ElementsAttr> TensorImporter::makeValue(const Parts &parts) {
  if (isa<onnx::StringType>(parts.type.getElementType())) {
    if (int64_t(parts.strings.size()) != parts.size)
      return problem("tensor '{0}' expects {1} strings, found {2}", parts.name, parts.size,
                     parts.strings.size());
    return DenseStringElementsAttr::get(parts.type, parts.strings);
  }
  ArrayRef<char> data(parts.view.data(), parts.view.size());
  if (!parts.packed.empty())
    data = parts.packed;
  if (int64_t(data.size()) != parts.size)
    return problem("tensor '{0}' of type {1} expects {2} bytes, found {3}", parts.name, parts.type,
                   parts.size, data.size());
  if (!isLarge(parts.size) || !parts.packed.empty())
    return makeConstant(parts.type, data, parts.name);
  AsmResourceBlob blob(
      data, /*dataAlignment=*/1, [owner = parts.owner](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(
      parts.type, parts.name.empty() ? "constant" : StringRef(parts.name), std::move(blob));
}

llvm::Expected<ImportedTensor> TensorImporter::import(StringRef bytes, bool keepName) {
  Parts parts;
  parts.owner = model;
  if (llvm::Error error = readHeader(bytes, parts))
    return std::move(error);
  if (llvm::Error error = readFields(bytes, keepName, parts))
    return std::move(error);
  if (parts.external && !parts.dataField.empty())
    return problem("tensor '{0}' has external data and '{1}'", parts.name, parts.dataField);
  if (!parts.packed.empty() && elementBits(parts.type.getElementType()) == 6)
    packSixBits(parts.packed);
  if (parts.external)
    if (llvm::Error error = readExternal(parts))
      return std::move(error);
  auto value = makeValue(parts);
  if (!value)
    return value.takeError();
  bool isRaw = parts.dataField == "raw_data" && parts.encoding.size() == 1;
  return ImportedTensor{parts.name, *value,
                        isRaw ? MessageAttr() : MessageAttr::get(context, parts.encoding)};
}
