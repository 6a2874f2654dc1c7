// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the indices of tensors.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_WALK_H
#define RETORT_DIALECTS_ONNX_EVALUATE_WALK_H

#include "dialects/Onnx/Evaluate/Tensor.h"

#include "llvm/ADT/STLExtras.h"

#include <optional>

namespace retort::onnx {

using Shape = llvm::SmallVector<int64_t, 4>;

/// The number of elements of a shape; nullopt where a size is negative, or their product, those of
/// 0 aside, is beyond what any tensor has: so no product of some of them overflows.
std::optional<int64_t> elementsOf(llvm::ArrayRef<int64_t> shape);

/// How far apart, in elements, the neighbours along each axis lie.
inline Shape stridesOf(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (int64_t axis = int64_t(shape.size()) - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/// Strides that read a tensor of `shape` as one of `target`: 0 where it is repeated.
inline Shape broadcastStrides(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> target) {
  Shape own = stridesOf(shape), result(target.size(), 0);
  size_t lead = target.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    result[lead + axis] = shape[axis] == 1 ? 0 : own[axis];
  return result;
}

/// The shape to which all broadcast; nullopt where they do not agree.
inline std::optional<Shape> broadcastShapes(llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes) {
  Shape result;
  for (llvm::ArrayRef<int64_t> shape : shapes) {
    if (shape.size() > result.size())
      result.insert(result.begin(), shape.size() - result.size(), 1);
    size_t lead = result.size() - shape.size();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      int64_t &size = result[lead + axis];
      if (size != shape[axis] && size != 1 && shape[axis] != 1)
        return std::nullopt;
      size = size == 1 ? shape[axis] : size;
    }
  }
  return result;
}

/// Calls `visit(offsets)` for each index of `shape` in row-major order; `offsets[k]` is the
/// position that the index has under `strides[k]`, counted from `start[k]`.
template <size_t N, typename Visit>
void forEachIndex(llvm::ArrayRef<int64_t> shape, std::array<Shape, N> strides,
                  std::array<int64_t, N> start, Visit visit) {
  if (llvm::is_contained(shape, 0))
    return;
  Shape index(shape.size(), 0);
  while (true) {
    visit(start);
    int64_t axis = int64_t(shape.size()) - 1;
    for (; axis >= 0; --axis) {
      if (++index[axis] < shape[axis]) {
        for (size_t k = 0; k < N; ++k)
          start[k] += strides[k][axis];
        break;
      }
      index[axis] = 0;
      for (size_t k = 0; k < N; ++k)
        start[k] -= strides[k][axis] * (shape[axis] - 1);
    }
    if (axis < 0)
      return;
  }
}

/// The elements of `input` that lie at `start` + index * strides.
inline Tensor gatherStrided(const Tensor &input, llvm::ArrayRef<int64_t> shape, Shape strides,
                            int64_t start = 0) {
  Tensor result = Tensor::zeros(input.element(), shape);
  if (!result)
    return result;
  Cell *out = result.writable().data();
  const Cell *in = input.cells().data();
  forEachIndex<1>(shape, {std::move(strides)}, {start},
                  [&](const std::array<int64_t, 1> &at) { *out++ = in[at[0]]; });
  return result;
}

/// Repeats a tensor to a shape that it broadcasts to.
inline Tensor broadcastTo(const Tensor &input, llvm::ArrayRef<int64_t> shape) {
  return gatherStrided(input, shape, broadcastStrides(input.shape(), shape));
}

/// What an operation returns: a failure where the tensor was refused.
inline llvm::FailureOr<llvm::SmallVector<Tensor>> one(Tensor tensor) {
  if (!tensor)
    return llvm::failure();
  return llvm::SmallVector<Tensor>{std::move(tensor)};
}

/// Input `i`, absent where there are fewer.
inline Tensor inputAt(llvm::ArrayRef<Tensor> inputs, size_t i) {
  return i < inputs.size() ? inputs[i] : Tensor();
}

} // namespace retort::onnx

#endif
