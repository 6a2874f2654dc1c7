// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's TensorProto: elements as raw data, or in the field of their type.
#include "lib/Runtime/TensorFile.h"

#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

using namespace retort::runtime;

namespace {
/// Field numbers of TensorProto.
enum Field : protozero::pbf_tag_type {
  Dims = 1,
  DataType = 2,
  FloatData = 4,
  Int32Data = 5,
  StringData = 6,
  Int64Data = 7,
  Name = 8,
  RawData = 9,
  DoubleData = 10,
  Uint64Data = 11,
  ExternalData = 13,
  DataLocation = 14
};

/// The elements of a typed field, each as it will lie in memory, packed or one by one.
struct TypedElements {
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<int64_t> integers;
};
} // namespace

template <typename T, typename Range>
static void append(std::vector<T> &values, const Range &range) {
  for (auto value : range)
    values.push_back(T(value));
}

static bool isPacked(protozero::pbf_reader &message) {
  return message.wire_type() == protozero::pbf_wire_type::length_delimited;
}

/// Reads the present field where it is one of the typed ones.
static bool readTyped(protozero::pbf_reader &message, TypedElements &elements) {
  bool packed = isPacked(message);
  switch (message.tag()) {
  case FloatData:
    packed ? append(elements.floats, message.get_packed_float())
           : elements.floats.push_back(message.get_float());
    return true;
  case DoubleData:
    packed ? append(elements.doubles, message.get_packed_double())
           : elements.doubles.push_back(message.get_double());
    return true;
  case Int32Data:
    packed ? append(elements.integers, message.get_packed_int32())
           : elements.integers.push_back(message.get_int32());
    return true;
  case Int64Data:
    packed ? append(elements.integers, message.get_packed_int64())
           : elements.integers.push_back(message.get_int64());
    return true;
  case Uint64Data:
    packed ? append(elements.integers, message.get_packed_uint64())
           : elements.integers.push_back(int64_t(message.get_uint64()));
    return true;
  default:
    return false;
  }
}

/// The low bytes of each integer: int32_data carries the bits of everything up to 32, packed types
/// a byte per entry.
static std::string lowBytes(const std::vector<int64_t> &values, int64_t width) {
  std::string bytes(values.size() * width, '\0');
  for (size_t i = 0; i < values.size(); ++i)
    std::memcpy(&bytes[i * width], &values[i], width);
  return bytes;
}

template <typename T> static std::string asBytes(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

static std::string bytesOfTyped(ElementType type, const TypedElements &elements) {
  switch (type) {
  case ElementType::F32:
  case ElementType::C64:
    return asBytes(elements.floats);
  case ElementType::F64:
  case ElementType::C128:
    return asBytes(elements.doubles);
  default:
    return lowBytes(elements.integers, std::max<int64_t>(info(type).bits / 8, 1));
  }
}

static Tensor makeTensor(int dataType, const Shape &shape, const TypedElements &elements,
                         std::string_view raw, bool hasRaw) {
  auto type = elementTypeOfOnnx(dataType);
  if (!type)
    throw Failure("element type " + std::to_string(dataType) + " is not a number type");
  for (int64_t size : shape)
    if (size < 0)
      throw Failure("shape " + toString(shape) + " has a negative size");
  std::string typed = hasRaw ? std::string() : bytesOfTyped(*type, elements);
  std::string_view bytes = hasRaw ? raw : std::string_view(typed);
  int64_t expected = bytesOf(*type, countOf(shape));
  if (uint64_t(expected) != bytes.size())
    throw Failure("expects " + std::to_string(expected) + " bytes for " +
                  std::string(info(*type).name) + " of shape " + toString(shape) + ", found " +
                  std::to_string(bytes.size()));
  Tensor tensor = Tensor::allocate(*type, shape);
  std::memcpy(tensor.data(), bytes.data(), bytes.size());
  if (*type == ElementType::Bool)
    for (int64_t i = 0; i < tensor.count(); ++i)
      tensor.as<uint8_t>()[i] = tensor.as<uint8_t>()[i] != 0;
  return tensor;
}

static NamedTensor parse(std::string_view bytes) {
  protozero::pbf_reader message(bytes.data(), bytes.size());
  Shape shape;
  std::string name;
  TypedElements elements;
  std::string_view raw;
  bool hasRaw = false;
  int dataType = 0;
  while (message.next()) {
    if (readTyped(message, elements))
      continue;
    switch (message.tag()) {
    case Dims:
      isPacked(message) ? append(shape, message.get_packed_int64())
                        : shape.push_back(message.get_int64());
      break;
    case DataType:
      dataType = message.get_int32();
      break;
    case Name:
      name = message.get_string();
      break;
    case RawData: {
      auto view = message.get_view();
      raw = std::string_view(view.data(), view.size());
      hasRaw = true;
      break;
    }
    case DataLocation:
      if (message.get_enum() == 1)
        throw Failure("external data is not supported in a file of one tensor");
      break;
    default:
      message.skip();
    }
  }
  return {name, makeTensor(dataType, shape, elements, raw, hasRaw)};
}

Result<NamedTensor> retort::runtime::parseTensorProto(std::string_view bytes) {
  auto result = catching<NamedTensor>([&] { return parse(bytes); });
  // protozero's messages name its own exceptions.
  if (!result && result.error().find("exception") != std::string::npos)
    return Error{"not a valid TensorProto"};
  return result;
}

std::string retort::runtime::serializeTensorProto(const Tensor &tensor, std::string_view name) {
  std::string bytes;
  protozero::pbf_writer message(bytes);
  message.add_packed_int64(Dims, tensor.shape().begin(), tensor.shape().end());
  message.add_int32(DataType, info(tensor.type()).onnx);
  message.add_string(Name, name.data(), name.size());
  message.add_bytes(RawData, tensor.as<char>(), size_t(tensor.bytes()));
  return bytes;
}
