// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inference of Resize: floor(size * scale), or the sizes that are given, as the policy makes them.
#include "dialects/Onnx/Shape/Infer.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

/// The operand at a slot; null where it is omitted, or a list of nothing, as older files omit it.
static Value givenAt(ArrayRef<Value> slots, SymbolicDims &dims, size_t i) {
  Value value = slotAt(slots, i);
  MaybeShape shape = value ? dims.shape(value) : MaybeShape();
  bool isEmpty = shape && shape->size() == 1 && shape->front().constant() == 0;
  return isEmpty ? Value() : value;
}

/// Axes that are resized, from the front; failure, after a diagnostic, where there is no such axis.
static FailureOr<SmallVector<int64_t>> resizedAxes(Operation *op, int64_t rank) {
  SmallVector<int64_t> axes;
  if (auto given = intsAttribute(op, "axes")) {
    for (int64_t each : *given) {
      FailureOr<int64_t> axis = axisOf(op, each, rank);
      if (failed(axis))
        return failure();
      if (llvm::is_contained(axes, *axis))
        return op->emitOpError() << "expects different axes, found " << *axis << " twice",
               failure();
      axes.push_back(*axis);
    }
    return axes;
  }
  llvm::append_range(axes, llvm::seq<int64_t>(rank));
  return axes;
}

/// Floats hold it exactly, so that products are those of the run.
static bool isExact(int64_t size) { return size >= 0 && size < (1 << 24); }

static Polynomial scaled(SymbolicDims &dims, const Polynomial &size, float scale) {
  auto known = size.constant();
  float product = known ? std::floor(float(*known) * scale) : 0;
  if (known && product < float(int64_t(1) << 62))
    return int64_t(product);
  if (scale == std::floor(scale) && isExact(int64_t(scale)))
    return size * Polynomial(int64_t(scale));
  float parts = 1 / scale;
  if (parts == std::floor(parts) && isExact(int64_t(parts)) && llvm::isPowerOf2_64(uint64_t(parts)))
    return dims.floorDivide(size, Polynomial(int64_t(parts)));
  return dims.opaque("resized " + dims.text(size) + " by " + std::to_string(scale));
}

static LogicalResult scaleSizes(Operation *op, SymbolicDims &dims, Value scales,
                                ArrayRef<int64_t> axes, SymbolicShape &result) {
  auto view = ConstantView::of(scales);
  bool isKnown =
      view && view->size() == int64_t(axes.size()) && isa<FloatType>(view->type().getElementType());
  for (auto [i, axis] : llvm::enumerate(axes)) {
    float scale = isKnown ? float(view->floatAt(i)) : 1;
    if (!(scale > 0) || std::isinf(scale))
      return op->emitOpError() << "expects scales above 0, found " << view->floatAt(i);
    result[axis] = isKnown ? scaled(dims, result[axis], scale) : dims.fresh(op->getResult(0), axis);
  }
  return success();
}

/// One scale for all axes: the least, or the greatest, of those asked for.
static bool keepAspectRatio(Operation *op, ArrayRef<Polynomial> asked, ArrayRef<int64_t> axes,
                            SymbolicShape &result) {
  bool isLeast = stringAttribute(op, "keep_aspect_ratio_policy", "stretch") == "not_larger";
  std::optional<float> scale;
  for (auto [size, axis] : llvm::zip(asked, axes)) {
    auto from = result[axis].constant(), to = size.constant();
    if (!from || !to || !isExact(*from) || !isExact(*to) || *from == 0)
      return false;
    float each = float(*to) / float(*from);
    scale = !scale ? each : isLeast ? std::min(*scale, each) : std::max(*scale, each);
  }
  for (int64_t axis : axes)
    result[axis] = int64_t(std::round(*scale * float(*result[axis].constant())));
  return true;
}

static LogicalResult giveSizes(Operation *op, SymbolicDims &dims, Value sizes,
                               ArrayRef<int64_t> axes, SymbolicShape &result) {
  auto contents = dims.contents(sizes);
  bool isKnown = contents && contents->elements.size() == axes.size();
  for (const Polynomial &size : isKnown ? contents->elements : std::vector<Polynomial>())
    if (size.constant() && *size.constant() < 0)
      return op->emitOpError() << "expects sizes of at least 0, found " << *size.constant();
  if (stringAttribute(op, "keep_aspect_ratio_policy", "stretch") != "stretch" && isKnown) {
    if (keepAspectRatio(op, contents->elements, axes, result))
      return success();
    isKnown = false;
  }
  for (auto [i, axis] : llvm::enumerate(axes))
    result[axis] = isKnown ? contents->elements[i] : dims.fresh(op->getResult(0), axis);
  return success();
}

LogicalResult retort::onnx::inferResize(Operation *op, SymbolicDims &dims) {
  SmallVector<Value> slots = operandSlots(op);
  MaybeShape shape = dims.shape(slots[0]);
  Value scales = givenAt(slots, dims, 2), sizes = givenAt(slots, dims, 3);
  if (scales && sizes)
    return op->emitOpError("expects either scales or sizes, found both");
  if (!scales && !sizes)
    return op->emitOpError("expects scales or sizes, found neither");
  if (shape) {
    FailureOr<SmallVector<int64_t>> axes = resizedAxes(op, shape->size());
    if (failed(axes))
      return failure();
    MaybeShape length = dims.shape(scales ? scales : sizes);
    auto count = length && length->size() == 1 ? length->front().constant() : std::nullopt;
    if (count && *count != int64_t(axes->size()))
      return op->emitOpError() << "expects a number for each of " << axes->size() << " axes, found "
                               << *count;
    if (failed(scales ? scaleSizes(op, dims, scales, *axes, *shape)
                      : giveSizes(op, dims, sizes, *axes, *shape)))
      return failure();
  }
  setResult(op, dims, 0, elementOf(slots[0]), shape);
  return success();
}
