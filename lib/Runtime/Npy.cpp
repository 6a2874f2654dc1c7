// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NumPy's .npy format: a magic, a header that is a Python dictionary, the elements.
#include "lib/Runtime/TensorFile.h"

#include <cstring>

using namespace retort::runtime;

static constexpr std::string_view magic("\x93NUMPY", 6);

// Codes of little-endian types; those of one byte are written with '|'.
static const struct {
  std::string_view code;
  ElementType type;
} codes[] = {{"f8", ElementType::F64},  {"f4", ElementType::F32},  {"f2", ElementType::F16},
             {"i8", ElementType::I64},  {"i4", ElementType::I32},  {"i2", ElementType::I16},
             {"i1", ElementType::I8},   {"u8", ElementType::UI64}, {"u4", ElementType::UI32},
             {"u2", ElementType::UI16}, {"u1", ElementType::UI8},  {"b1", ElementType::Bool},
             {"c8", ElementType::C64},  {"c16", ElementType::C128}};

/// What follows `'key':` in the header's dictionary.
static std::string_view entry(std::string_view header, std::string_view key) {
  size_t at = header.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos || (at = header.find(':', at)) == std::string_view::npos)
    throw Failure("the .npy header lacks '" + std::string(key) + "'");
  at = header.find_first_not_of(' ', at + 1);
  return at == std::string_view::npos ? std::string_view() : header.substr(at);
}

static ElementType parseType(std::string_view text) {
  std::string_view code = text.substr(0, text.find('\'', 1));
  if (code.size() > 2 && code[0] == '\'' && (code[1] == '<' || code[1] == '|' || code[1] == '='))
    for (auto &known : codes)
      if (known.code == code.substr(2))
        return known.type;
  throw Failure("expects a little-endian number type, found " +
                std::string(text.substr(0, text.find(','))));
}

static Shape parseShape(std::string_view text) {
  size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos)
    throw Failure("the .npy header has no valid shape");
  Shape shape;
  std::string inner(text.substr(1, end - 1));
  for (const char *p = inner.c_str(); *p;) {
    char *next;
    long long size = std::strtoll(p, &next, 10);
    if (next == p || size < 0)
      throw Failure("the .npy header has no valid shape");
    shape.push_back(size);
    for (p = next; *p == ',' || *p == ' ' || *p == 'L';)
      ++p;
  }
  return shape;
}

/// Column-major elements in row-major order.
static void transposeInto(Tensor &tensor, const char *source) {
  int64_t width = tensor.bytes() / std::max<int64_t>(tensor.count(), 1), rank = tensor.rank();
  Shape index(rank, 0);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    int64_t from = 0;
    for (int64_t axis = rank; axis-- > 0;)
      from = from * tensor.shape()[axis] + index[axis];
    std::memcpy(tensor.as<char>() + i * width, source + from * width, width);
    for (int64_t axis = rank; axis-- > 0 && ++index[axis] == tensor.shape()[axis];)
      index[axis] = 0;
  }
}

static Tensor parse(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != magic)
    throw Failure("not a .npy file");
  size_t lengthBytes = bytes[6] == 1 ? 2 : 4, begin = 8 + lengthBytes, length = 0;
  for (size_t i = lengthBytes; i-- > 0;)
    length = length << 8 | uint8_t(bytes[8 + i]);
  if (length > bytes.size() - begin)
    throw Failure("the .npy header is cut off");
  std::string_view header = bytes.substr(begin, length);
  ElementType type = parseType(entry(header, "descr"));
  Shape shape = parseShape(entry(header, "shape"));
  std::string_view elements = bytes.substr(begin + length);
  if (uint64_t(bytesOf(type, countOf(shape))) != elements.size())
    throw Failure("expects " + std::to_string(bytesOf(type, countOf(shape))) + " bytes for shape " +
                  toString(shape) + ", found " + std::to_string(elements.size()));
  Tensor tensor = Tensor::allocate(type, shape);
  if (entry(header, "fortran_order").substr(0, 4) == "True")
    transposeInto(tensor, elements.data());
  else
    std::memcpy(tensor.data(), elements.data(), elements.size());
  return tensor;
}

Result<Tensor> retort::runtime::parseNpy(std::string_view bytes) {
  return catching<Tensor>([&] { return parse(bytes); });
}

static std::string_view codeOf(ElementType type) {
  for (auto &known : codes)
    if (known.type == type)
      return known.code;
  return "";
}

std::string retort::runtime::serializeNpy(const Tensor &tensor) {
  std::string_view code = codeOf(tensor.type());
  if (code.empty()) {
    Tensor floats = Tensor::allocate(ElementType::F32, tensor.shape());
    for (int64_t i = 0; i < tensor.count(); ++i)
      floats.as<float>()[i] = float(tensor.at(i));
    return serializeNpy(floats);
  }
  std::string shape;
  for (int64_t size : tensor.shape())
    shape += std::to_string(size) + ", ";
  std::string header = std::string("{'descr': '") + (code.back() == '1' ? "|" : "<") +
                       std::string(code) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ').push_back('\n');
  std::string bytes = std::string(magic) + std::string("\x01\x00", 2);
  bytes.push_back(char(header.size() & 0xff));
  bytes.push_back(char(header.size() >> 8));
  return bytes + header + std::string(tensor.as<char>(), size_t(tensor.bytes()));
}
