// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tensor: element type, shape, and data that it owns or borrows.
#include "lib/Runtime/Tensor.h"
#include "lib/Runtime/Result.h"

#include <cstdlib>
#include <cstring>
#include <new>

using namespace retort::runtime;

std::string retort::runtime::toString(const Shape &shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + (size < 0 ? "?" : std::to_string(size));
  return text.empty() ? "scalar" : text;
}

// No memory holds more elements, and their bytes can still be counted.
static constexpr int64_t mostElements = int64_t(1) << 56;

int64_t retort::runtime::countOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count) || count > mostElements)
      throw Failure("shape " + toString(shape) + " has more elements than any memory holds");
  return count;
}

Tensor::Tensor(ElementType type, Shape shape, void *pointer, std::shared_ptr<void> owner)
    : elementType(type), sizes(std::move(shape)), elements(countOf(sizes)), pointer(pointer),
      owner(std::move(owner)) {}

Tensor Tensor::allocate(ElementType type, Shape shape) {
  // An empty tensor has an address too: compiled code may compare it.
  size_t bytes = (std::max<int64_t>(bytesOf(type, countOf(shape)), 1) + 63) / 64 * 64;
  void *memory = std::aligned_alloc(64, bytes);
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory, 0, bytes);
  return Tensor(type, std::move(shape), memory, std::shared_ptr<void>(memory, std::free));
}

Tensor Tensor::borrow(ElementType type, Shape shape, void *data, std::shared_ptr<void> owner) {
  return Tensor(type, std::move(shape), data, std::move(owner));
}

Tensor Tensor::ofIntegers(ElementType type, Shape shape, const std::vector<int64_t> &values) {
  Tensor tensor = allocate(type, std::move(shape));
  if (type == ElementType::I64)
    std::memcpy(tensor.data(), values.data(), values.size() * sizeof(int64_t));
  else
    for (size_t i = 0; i < values.size(); ++i)
      store(type, tensor.data(), int64_t(i), double(values[i]));
  return tensor;
}

std::vector<float> Tensor::floats(int64_t begin, int64_t count) const {
  std::vector<float> values(count);
  if (elementType == ElementType::F32)
    std::memcpy(values.data(), as<float>() + begin, count * sizeof(float));
  else
    for (int64_t i = 0; i < count; ++i)
      values[i] = float(at(begin + i));
  return values;
}

Tensor Tensor::reshaped(Shape shape) const {
  return Tensor(elementType, std::move(shape), pointer, owner);
}

Tensor Tensor::floatRows(int64_t first, int64_t count) const {
  int64_t width = sizes.back();
  if (elementType == ElementType::F32)
    return Tensor(elementType, {count, width}, as<float>() + first * width, owner);
  Tensor rows = allocate(ElementType::F32, {count, width});
  for (int64_t i = 0; i < rows.count(); ++i)
    rows.as<float>()[i] = float(at(first * width + i));
  return rows;
}
