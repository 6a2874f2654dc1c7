// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tensor: element type, shape, and data that it owns or borrows.
#ifndef RETORT_LIB_RUNTIME_TENSOR_H
#define RETORT_LIB_RUNTIME_TENSOR_H

#include "lib/Runtime/ElementType.h"

#include <memory>
#include <string>
#include <vector>

namespace retort::runtime {

using Shape = std::vector<int64_t>;

/// "2x3x5"; "scalar" for rank 0; "?" for a negative size.
std::string toString(const Shape &shape);
/// The product of the sizes. Throws where no memory holds so many elements.
int64_t countOf(const Shape &shape);

/// Copies share the data. Elements lie in row-major order; the data of an owned tensor is aligned
/// to 64 bytes.
class Tensor {
public:
  Tensor() : Tensor(ElementType::F32, {0}, nullptr, nullptr) {}
  /// Zeroed memory of its own. Throws bad_alloc inside the runtime; elsewhere use it for sizes that
  /// are known to fit.
  static Tensor allocate(ElementType type, Shape shape);
  /// Memory of someone else, which `owner` (may be null) keeps alive.
  static Tensor borrow(ElementType type, Shape shape, void *data,
                       std::shared_ptr<void> owner = nullptr);
  /// i64 values as a tensor of any integer or float type.
  static Tensor ofIntegers(ElementType type, Shape shape, const std::vector<int64_t> &values);

  /// False for Tensor(), which stands for none.
  bool isGiven() const { return pointer; }
  ElementType type() const { return elementType; }
  const Shape &shape() const { return sizes; }
  int64_t rank() const { return int64_t(sizes.size()); }
  int64_t count() const { return elements; }
  int64_t bytes() const { return bytesOf(elementType, elements); }

  void *data() const { return pointer; }
  template <typename T> T *as() const { return static_cast<T *>(pointer); }
  double at(int64_t i) const { return toDouble(elementType, pointer, i); }
  /// Every element as float.
  std::vector<float> floats(int64_t begin, int64_t count) const;

  /// The same elements in another shape of the same count.
  Tensor reshaped(Shape shape) const;
  /// Rows along the last axis as f32, count x width: a view where that is what they are.
  Tensor floatRows(int64_t first, int64_t count) const;

private:
  Tensor(ElementType type, Shape shape, void *pointer, std::shared_ptr<void> owner);

  ElementType elementType;
  Shape sizes;
  int64_t elements;
  void *pointer;
  std::shared_ptr<void> owner;
};

} // namespace retort::runtime

#endif
