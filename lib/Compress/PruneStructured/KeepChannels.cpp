// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes channels out of the values and constants of a group.
#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Compress/PruneStructured/ReshapeTarget.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

static RankedTensorType resized(Value value, int64_t axis, int64_t size) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = size;
  return type.clone(shape);
}

/// Bytes of elements of whole bytes; see onnx::elementBits.
static void copyKept(ArrayRef<char> from, MutableArrayRef<char> to, RankedTensorType type,
                     int64_t axis, ArrayRef<int64_t> kept) {
  int64_t outer = 1, inner = onnx::elementBits(type.getElementType()) / 8;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    if (int64_t(i) != axis)
      (int64_t(i) < axis ? outer : inner) *= size;
  char *next = to.data();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t place : kept) {
      const char *run = from.data() + (i * type.getDimSize(axis) + place) * inner;
      next = std::copy(run, run + inner, next);
    }
}

void retort::keepAlong(Value constant, int64_t axis, ArrayRef<int64_t> kept) {
  auto view = onnx::ConstantView::of(constant);
  RankedTensorType before = view->type(), after = resized(constant, axis, int64_t(kept.size()));
  auto fill = [&](MutableArrayRef<char> bytes) {
    copyKept(view->bytes(), bytes, before, axis, kept);
  };
  constant.getDefiningOp()->setAttr("value",
                                    onnx::makeConstant(after, onnx::valueName(constant), fill));
  constant.setType(after);
}

void retort::keepChannels(const ChannelGroup &group, ArrayRef<int64_t> kept) {
  auto count = int64_t(kept.size());
  for (auto [constant, axis] : group.constants)
    keepAlong(constant, axis, kept);
  for (auto [op, axis] : group.reshapes)
    resizeTarget(op, axis, count);
  for (auto [value, axis] : group.values)
    Value(value).setType(resized(value, axis, count));
}
