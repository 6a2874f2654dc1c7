// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that pick elements by index, or put them there.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

static Shape joined(ArrayRef<int64_t> a, ArrayRef<int64_t> b, ArrayRef<int64_t> c = {}) {
  Shape shape(a);
  shape.append(b.begin(), b.end());
  shape.append(c.begin(), c.end());
  return shape;
}

/// A negative index counts from the end; -1 where it is beyond either.
static int64_t frontIndex(int64_t index, int64_t size) {
  index = index < 0 ? index + size : index;
  return index < 0 || index >= size ? -1 : index;
}

Evaluated retort::onnx::evaluateGather(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &data = inputs[0], &indices = inputs[1];
  int64_t axis = frontAxis(intAttribute(op, "axis", 0), data.rank());
  if (axis < 0)
    return failure();
  ArrayRef<int64_t> before = data.shape().take_front(axis),
                    after = data.shape().drop_front(axis + 1);
  int64_t outer = llvm::product_of(before), inner = llvm::product_of(after), size = data.dim(axis);
  Tensor result = Tensor::zeros(data.element(), joined(before, indices.shape(), after));
  if (!result)
    return failure();
  Cell *out = result.writable().data();
  for (int64_t i = 0; i < outer && (result.size() > 0 || i == 0); ++i)
    for (int64_t j = 0; j < indices.size(); ++j) {
      int64_t at = frontIndex(indices.integer(j), size);
      if (at < 0)
        return failure();
      out = std::copy_n(data.cells().data() + (i * size + at) * inner, inner, out);
    }
  return one(result);
}

/// Calls `visit(position in indices, position in data)`, where the index replaces the coordinate
/// along `axis`.
template <typename Visit>
static LogicalResult walkElements(const Tensor &data, const Tensor &indices, int64_t axis,
                                  Visit visit) {
  if (axis < 0 || indices.rank() != data.rank())
    return failure();
  Shape strides = stridesOf(data.shape()), across = strides;
  across[axis] = 0;
  int64_t next = 0;
  bool valid = true;
  for (int64_t i = 0; i < data.rank(); ++i)
    valid &= i == axis || indices.dim(i) <= data.dim(i);
  if (!valid)
    return failure();
  forEachIndex<1>(indices.shape(), {across}, {0}, [&](const std::array<int64_t, 1> &at) {
    int64_t index = frontIndex(indices.integer(next), data.dim(axis));
    valid &= index >= 0;
    if (valid)
      visit(next, at[0] + index * strides[axis]);
    ++next;
  });
  return success(valid);
}

Evaluated retort::onnx::evaluateGatherElements(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &data = inputs[0], &indices = inputs[1];
  Tensor result = Tensor::zeros(data.element(), indices.shape());
  if (!result)
    return failure();
  MutableArrayRef<Cell> out = result.writable();
  if (failed(walkElements(data, indices, frontAxis(intAttribute(op, "axis", 0), data.rank()),
                          [&](int64_t i, int64_t at) { out[i] = data.cells()[at]; })))
    return failure();
  return one(result);
}

/// `old` combined with `value` by the attribute `reduction`.
static Cell reduced(StringRef reduction, bool isFloat, Cell old, Cell value) {
  auto combine = [&](auto a, auto b) -> decltype(a) {
    return reduction == "add"   ? a + b
           : reduction == "mul" ? a * b
           : reduction == "max" ? std::max(a, b)
                                : std::min(a, b);
  };
  if (reduction == "none")
    return value;
  Cell result;
  if (isFloat)
    result.f = combine(old.f, value.f);
  else if (reduction == "add" || reduction == "mul") // without sign: an overflow wraps
    result.i = int64_t(combine(uint64_t(old.i), uint64_t(value.i)));
  else
    result.i = combine(old.i, value.i);
  return result;
}

Evaluated retort::onnx::evaluateScatterElements(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor result = inputs[0];
  const Tensor &indices = inputs[1], &updates = inputs[2];
  if (updates.shape() != indices.shape() || updates.element() != result.element())
    return failure();
  StringRef reduction = stringAttribute(op, "reduction", "none");
  MutableArrayRef<Cell> out = result.writable();
  if (failed(walkElements(inputs[0], indices, frontAxis(intAttribute(op, "axis", 0), result.rank()),
                          [&](int64_t i, int64_t at) {
                            out[at] =
                                reduced(reduction, result.isFloat(), out[at], updates.cells()[i]);
                          })))
    return failure();
  return one(result.round());
}

/// The position of the block that the index tuple `i` names; -1 where it is outside.
static int64_t tuplePosition(const Tensor &indices, int64_t i, ArrayRef<int64_t> shape,
                             ArrayRef<int64_t> strides) {
  int64_t width = indices.dim(indices.rank() - 1), at = 0;
  for (int64_t k = 0; k < width; ++k) {
    int64_t index = frontIndex(indices.integer(i * width + k), shape[k]);
    if (index < 0)
      return -1;
    at += index * strides[k];
  }
  return at;
}

Evaluated retort::onnx::evaluateGatherND(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &data = inputs[0], &indices = inputs[1];
  int64_t batch = intAttribute(op, "batch_dims", 0);
  if (indices.rank() == 0 || batch < 0 || batch >= indices.rank() || batch > data.rank())
    return failure();
  int64_t width = indices.dim(indices.rank() - 1);
  if (width < 1 || batch + width > data.rank() ||
      data.shape().take_front(batch) != indices.shape().take_front(batch))
    return failure();
  ArrayRef<int64_t> inner = data.shape().drop_front(batch + width);
  Tensor result = Tensor::zeros(data.element(), joined(indices.shape().drop_back(), inner));
  if (!result)
    return failure();
  Shape strides = stridesOf(data.shape());
  int64_t block = llvm::product_of(inner), tuples = llvm::product_of(indices.shape().drop_back());
  int64_t batches = llvm::product_of(data.shape().take_front(batch));
  if (data.size() == 0 && result.size() == 0)
    return one(result);
  Cell *out = result.writable().data();
  for (int64_t i = 0; i < tuples; ++i) {
    int64_t at = tuplePosition(indices, i, data.shape().drop_front(batch),
                               ArrayRef(strides).drop_front(batch));
    if (at < 0)
      return failure();
    int64_t group = i / (tuples / batches) * (data.size() / batches);
    out = std::copy_n(data.cells().data() + group + at, block, out);
  }
  return one(result);
}

Evaluated retort::onnx::evaluateScatterND(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor result = inputs[0];
  const Tensor &indices = inputs[1], &updates = inputs[2];
  if (indices.rank() == 0 || updates.element() != result.element())
    return failure();
  int64_t width = indices.dim(indices.rank() - 1);
  if (width > result.rank() || width < 1)
    return failure();
  Shape strides = stridesOf(result.shape());
  int64_t block = llvm::product_of(result.shape().drop_front(width));
  int64_t tuples = llvm::product_of(indices.shape().drop_back());
  if (updates.shape() !=
      ArrayRef(joined(indices.shape().drop_back(), result.shape().drop_front(width))))
    return failure();
  StringRef reduction = stringAttribute(op, "reduction", "none");
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t i = 0; i < tuples; ++i) {
    int64_t at = tuplePosition(indices, i, result.shape(), strides);
    if (at < 0)
      return failure();
    for (int64_t k = 0; k < block; ++k)
      out[at + k] =
          reduced(reduction, result.isFloat(), out[at + k], updates.cells()[i * block + k]);
  }
  return one(result.round());
}

/// Writes the rows of `update` from write_indices[batch] on along `axis` of the cache.
Evaluated retort::onnx::evaluateTensorScatter(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor result = inputs[0], indices = inputAt(inputs, 2);
  const Tensor &update = inputs[1];
  int64_t axis = frontAxis(intAttribute(op, "axis", -2), result.rank());
  if (axis < 1 || update.rank() != result.rank() || update.element() != result.element())
    return failure();
  for (int64_t k = 0; k < result.rank(); ++k)
    if (k == axis ? update.dim(k) > result.dim(k) : update.dim(k) != result.dim(k))
      return failure();
  if (indices && indices.shape() != update.shape().take_front())
    return failure();
  bool circular = stringAttribute(op, "mode", "linear") == "circular";
  Shape own = stridesOf(result.shape()), strides = stridesOf(update.shape());
  MutableArrayRef<Cell> out = result.writable();
  for (int64_t i = 0; i < update.size(); ++i) {
    int64_t at = 0;
    for (int64_t k = 0; k < update.rank(); ++k) {
      int64_t index = i / strides[k] % update.dim(k);
      if (k == axis) {
        index += indices ? indices.integer(i / strides[0]) : 0;
        index = circular ? index % result.dim(k) : index;
      }
      if (index < 0 || index >= result.dim(k))
        return failure();
      at += index * own[k];
    }
    out[at] = update.cells()[i];
  }
  return one(result);
}
