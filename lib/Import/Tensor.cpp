// TensorProto as a constant: its data stay where they are in the file, unless they are encoded as numbers one by one.
#include "lib/Import/Tensor.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Import/ElementType.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr MessageKind kind = MessageKind::TensorProto;

struct TensorImporter::Parts {
  std::string name;
  SmallVector<int64_t> dims;
  int64_t dataType = 0;
  bool external = false;
  llvm::StringMap<std::string> location;
  SmallVector<NamedAttribute> encoding;
  bool plain = true;
  /// Where the data lie, and what keeps them mapped.
  StringRef data;
  std::shared_ptr<MappedFile> owner;
  /// Numbers and strings that are encoded one by one.
  SmallVector<uint64_t> numbers;
  SmallVector<StringRef> strings;
  std::string dataField;
};

static llvm::Error problem(const llvm::Twine &text) {
  return llvm::createStringError(text);
}

static bool readNumbers(const WireField &wire, SmallVectorImpl<uint64_t> &numbers) {
  if (wire.type != WireType::Bytes) {
    numbers.push_back(wire.value);
    return true;
  }
  WireReader reader(wire.bytes);
  while (!reader.atEnd())
    if (!reader.readVarint(numbers.emplace_back()))
      return false;
  return true;
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

llvm::Error TensorImporter::readExternal(Parts &parts, StringRef name) {
  std::string location = parts.location.lookup("location");
  auto file = fileAt(location);
  if (!file)
    return problem(llvm::formatv("external data '{0}' of '{1}' {2}", location, name,
                                 toString(file.takeError())));
  uint64_t offset = 0, length = 0, size = (*file)->data().size();
  auto number = [&](StringRef key, uint64_t &value) {
    return !parts.location.count(key) || !StringRef(parts.location[key]).getAsInteger(10, value);
  };
  if (!number("offset", offset) || offset > size)
    return problem(llvm::formatv("external data of '{0}': offset '{1}' lies outside of '{2}' ({3} bytes)",
                                 name, parts.location.lookup("offset"), location, size));
  bool given = parts.location.count("length");
  if (!number("length", length) || (given && length > size - offset))
    return problem(llvm::formatv("external data of '{0}': length '{1}' reaches beyond '{2}' ({3} bytes)",
                                 name, parts.location.lookup("length"), location, size));
  parts.owner = *file;
  parts.data = (*file)->data().substr(offset, given ? length : StringRef::npos);
  return llvm::Error::success();
}

/// The elements of a field that encodes them one by one, as ONNX's raw data.
static void packNumbers(ArrayRef<uint64_t> numbers, unsigned bits, std::vector<char> &bytes) {
  unsigned width = std::max(1u, bits / 8);
  for (uint64_t number : numbers)
    bytes.insert(bytes.end(), reinterpret_cast<const char *>(&number),
                 reinterpret_cast<const char *>(&number) + width);
}

llvm::Expected<ImportedTensor> TensorImporter::import(StringRef bytes, bool keepName) {
  Parts parts;
  parts.owner = model;
  WireReader reader(bytes);
  WireField wire;
  Builder builder(context);
  auto keep = [&](Attribute value) {
    const Field *field = findField(kind, wire.number);
    if (field->name != parts.dataField)
      parts.encoding.emplace_back(builder.getStringAttr(field->name), value);
    parts.dataField = field->name;
    parts.plain &= parts.dataField == "raw_data";
  };
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return problem("tensor is malformed");
    const Field *field = findField(kind, wire.number);
    StringRef name = field ? field->name : "";
    SmallVector<uint64_t> numbers;
    if (name == "dims") {
      if (!readNumbers(wire, numbers))
        return problem("tensor is malformed");
      parts.dims.append(numbers.begin(), numbers.end());
    } else if (name == "data_type") {
      parts.dataType = wire.value;
    } else if (name == "raw_data" || name == "float_data" || name == "double_data") {
      if (wire.type != WireType::Bytes || !parts.data.empty())
        return problem("tensor stores its elements in an unknown way");
      parts.data = wire.bytes;
      keep(builder.getUnitAttr());
    } else if (name == "int32_data" || name == "int64_data" || name == "uint64_data") {
      if (!readNumbers(wire, parts.numbers))
        return problem("tensor is malformed");
      keep(builder.getUnitAttr());
    } else if (name == "string_data") {
      parts.strings.push_back(wire.bytes);
      keep(builder.getUnitAttr());
    } else {
      auto decoded = decodeField(context, kind, wire);
      if (!decoded)
        return problem("tensor is malformed");
      if (name == "name")
        parts.name = wire.bytes.str();
      if (name != "name" || keepName) {
        parts.plain = false;
        parts.encoding.push_back(*decoded);
      }
      parts.external |= name == "data_location" && wire.value == 1;
      if (auto entry = dyn_cast<MessageAttr>(decoded->getValue()); entry && name == "external_data")
        parts.location[entry.getString("key")] = entry.getString("value").str();
    }
  }
  Type element = elementTypeOf(context, parts.dataType);
  if (!element)
    return problem(llvm::formatv("tensor '{0}' has the unknown type {1}", parts.name, parts.dataType));
  bool isString = isa<onnx::StringType>(element);
  int64_t size = 0;
  if (!countBytes(parts.dims, isString ? 8 : elementBits(element), size))
    return problem(llvm::formatv("tensor '{0}' has impossible dimensions [{1}]", parts.name,
                                 llvm::make_range(parts.dims.begin(), parts.dims.end())));
  auto type = RankedTensorType::get(parts.dims, element);
  ImportedTensor result;
  result.name = parts.name;
  bool raw = parts.plain && parts.encoding.size() == 1;
  if (!raw)
    result.encoding = MessageAttr::get(context, parts.encoding);
  if (isString) {
    if (int64_t(parts.strings.size()) != size)
      return problem(llvm::formatv("tensor '{0}' expects {1} strings, found {2}", parts.name, size,
                                   parts.strings.size()));
    result.value = DenseStringElementsAttr::get(type, parts.strings);
    return result;
  }
  if (parts.external)
    if (llvm::Error error = readExternal(parts, parts.name))
      return std::move(error);
  std::vector<char> packed;
  if (!parts.numbers.empty()) {
    packNumbers(parts.numbers, elementBits(element), packed);
    parts.data = StringRef(packed.data(), packed.size());
  } else if (parts.external && !parts.location.count("length")) {
    parts.data = parts.data.take_front(size);
  }
  if (int64_t(parts.data.size()) != size)
    return problem(llvm::formatv("tensor '{0}' of type {1} expects {2} bytes, found {3}", parts.name,
                                 type, size, parts.data.size()));
  ArrayRef<char> data(parts.data.data(), parts.data.size());
  if (size <= 1024 || !packed.empty()) {
    result.value = makeConstant(type, data, parts.name);
    return result;
  }
  AsmResourceBlob blob(
      data, /*dataAlignment=*/1, [owner = parts.owner](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  result.value = DenseResourceElementsAttr::get(
      type, parts.name.empty() ? "constant" : StringRef(parts.name), std::move(blob));
  return result;
}
