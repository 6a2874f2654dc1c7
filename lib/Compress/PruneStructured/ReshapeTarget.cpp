// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the constant that names one size of a Reshape, and writes another one.
#include "lib/Compress/PruneStructured/ReshapeTarget.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

namespace {
/// An operand that holds sizes, and which of them is meant.
struct SizePlace {
  OpOperand *operand;
  int64_t index;
  std::optional<onnx::ConstantView> sizes;
};
} // namespace

/// Within a Concat all parts before the meant one must have a known number of elements.
static std::optional<SizePlace> placeOf(OpOperand &target, int64_t index) {
  if (auto view = onnx::ConstantView::of(target.get()))
    return view->type().getRank() == 1 && index < view->size()
               ? std::optional(SizePlace{&target, index, view})
               : std::nullopt;
  auto concat = target.get().getDefiningOp<onnx::ConcatOp>();
  if (!concat)
    return std::nullopt;
  for (OpOperand &part : concat->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(part.get().getType());
    if (!type || type.getRank() != 1 || type.isDynamicDim(0))
      return std::nullopt;
    if (index >= type.getDimSize(0)) {
      index -= type.getDimSize(0);
      continue;
    }
    auto view = onnx::ConstantView::of(part.get());
    return view ? std::optional(SizePlace{&part, index, view}) : std::nullopt;
  }
  return std::nullopt;
}

bool retort::canResize(Operation *reshape, int64_t axis) {
  return reshape->getNumOperands() > 1 && placeOf(reshape->getOpOperand(1), axis).has_value();
}

bool retort::isRest(Operation *reshape, int64_t axis) {
  auto place =
      reshape->getNumOperands() > 1 ? placeOf(reshape->getOpOperand(1), axis) : std::nullopt;
  return place && place->sizes->intAt(place->index) == -1;
}

/// A Concat that others read too is written once more.
static OpOperand &ownOperand(Operation *reshape, OpOperand &place) {
  Operation *owner = place.getOwner();
  if (owner == reshape)
    return place;
  Operation *copy = OpBuilder(reshape).clone(*owner);
  copy->setDiscardableAttrs(DictionaryAttr::get(copy->getContext()));
  reshape->setOperand(1, copy->getResult(0));
  return copy->getOpOperand(place.getOperandNumber());
}

void retort::resizeTarget(Operation *reshape, int64_t axis, int64_t size) {
  auto place = placeOf(reshape->getOpOperand(1), axis);
  int64_t named = place->sizes->intAt(place->index);
  bool isCopied =
      named == 0 && isa<onnx::ReshapeOp>(reshape) && !onnx::intAttribute(reshape, "allowzero", 0);
  if (named == -1 || isCopied)
    return;
  SmallVector<int64_t> sizes;
  for (int64_t i = 0; i < place->sizes->size(); ++i)
    sizes.push_back(i == place->index ? size : place->sizes->intAt(i));
  OpBuilder builder(reshape);
  OpOperand &operand = ownOperand(reshape, *place->operand);
  builder.setInsertionPoint(operand.getOwner());
  auto value = DenseElementsAttr::get(place->sizes->type(), ArrayRef<int64_t>(sizes));
  operand.set(makeConstantOp(builder, reshape->getLoc(), value));
}
