// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds where parts begin, and writes that anew.
#include "lib/Compress/PruneStructured/SlicedParts.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/SliceBounds.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static int64_t sizeOf(Value value, int64_t axis) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && axis < type.getRank() ? type.getDimSize(axis) : ShapedType::kDynamic;
}

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// Another list of the same type of integers.
static Value listLike(Operation *op, Value list, ArrayRef<int64_t> values) {
  Type element = list ? cast<ShapedType>(list.getType()).getElementType()
                      : IntegerType::get(op->getContext(), 64);
  auto type = RankedTensorType::get({int64_t(values.size())}, element);
  SmallVector<APInt> numbers;
  for (int64_t value : values)
    numbers.push_back(APInt(element.getIntOrFloatBitWidth(), uint64_t(value), true, true));
  OpBuilder builder(op);
  return makeConstantOp(builder, op->getLoc(), DenseElementsAttr::get(type, numbers));
}

namespace {
/// What a Slice takes of one axis.
struct SlicedAxis {
  int64_t entry; ///< in the lists of the operation
  int64_t begin, size;
};
} // namespace

/// The entry of the lists that is of an axis; -1 where there is none; nullopt where it is not
/// known.
static std::optional<int64_t> entryOf(onnx::SliceOp op, int64_t axis) {
  auto starts = integersOf(op.getStarts());
  SmallVector<int64_t> axes;
  if (Value given = op.getAxes()) {
    auto list = integersOf(given);
    if (!list)
      return std::nullopt;
    axes = *list;
  } else if (starts) {
    for (size_t i = 0; i < starts->size(); ++i)
      axes.push_back(int64_t(i));
  } else {
    return std::nullopt;
  }
  for (auto [i, each] : llvm::enumerate(axes))
    if (onnx::frontAxis(each, rankOf(op.getData())) == axis)
      return int64_t(i);
  return -1;
}

static std::optional<SlicedAxis> sliced(onnx::SliceOp op, int64_t axis) {
  auto entry = entryOf(op, axis);
  if (!entry)
    return std::nullopt;
  int64_t dim = sizeOf(op.getData(), axis);
  if (*entry < 0)
    return SlicedAxis{-1, 0, dim};
  auto starts = integersOf(op.getStarts()), ends = integersOf(op.getEnds());
  auto steps = op.getSteps() ? integersOf(op.getSteps()) : std::nullopt;
  bool isKnown = starts && ends && (steps || !op.getSteps()) && !ShapedType::isDynamic(dim);
  if (!isKnown || (steps && (*steps)[*entry] != 1))
    return std::nullopt;
  auto bounds = onnx::sliceBounds((*starts)[*entry], (*ends)[*entry], 1, dim);
  return SlicedAxis{*entry, bounds.start, bounds.size};
}

std::optional<int64_t> retort::beginOfPart(OpResult part, int64_t axis) {
  Operation *op = part.getOwner();
  if (auto slice = dyn_cast<onnx::SliceOp>(op)) {
    auto found = sliced(slice, axis);
    bool fits = found && found->size == sizeOf(part, axis);
    return fits ? std::optional(found->begin) : std::nullopt;
  }
  if (onnx::frontAxis(onnx::intAttribute(op, "axis", 0), rankOf(op->getOperand(0))) != axis)
    return 0;
  int64_t begin = 0;
  for (OpResult each : op->getResults().take_front(part.getResultNumber())) {
    if (ShapedType::isDynamic(sizeOf(each, axis)))
      return std::nullopt;
    begin += sizeOf(each, axis);
  }
  return begin;
}

static void resizeSplit(onnx::SplitOp op, const UnitAxis &whole, ArrayRef<char> stays) {
  SmallVector<int64_t> sizes;
  int64_t begin = 0;
  for (Value part : op->getResults()) {
    int64_t end = begin + sizeOf(part, whole.axis);
    sizes.push_back(whole.keptBefore(end, stays) - whole.keptBefore(begin, stays));
    begin = end;
  }
  // Without a list all parts are of one size.
  if (op->getNumOperands() < 2 && llvm::all_equal(sizes))
    return;
  op->removeAttr("num_outputs");
  if (op->getNumOperands() < 2)
    op->insertOperands(1, listLike(op, {}, sizes));
  else
    op->setOperand(1, listLike(op, op->getOperand(1), sizes));
}

static void resizeSlice(onnx::SliceOp op, const UnitAxis &whole, ArrayRef<char> stays) {
  auto found = sliced(op, whole.axis);
  auto starts = *integersOf(op.getStarts()), ends = *integersOf(op.getEnds());
  starts[found->entry] = whole.keptBefore(found->begin, stays);
  ends[found->entry] = whole.keptBefore(found->begin + found->size, stays);
  op->setOperand(1, listLike(op, op->getOperand(1), starts));
  op->setOperand(2, listLike(op, op->getOperand(2), ends));
}

void retort::resizeParts(Operation *op, const UnitAxis &whole, ArrayRef<char> stays) {
  if (auto split = dyn_cast<onnx::SplitOp>(op))
    resizeSplit(split, whole, stays);
  else if (auto slice = dyn_cast<onnx::SliceOp>(op))
    resizeSlice(slice, whole, stays);
}
