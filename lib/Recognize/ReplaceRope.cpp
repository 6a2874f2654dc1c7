// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/ReplaceRope.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/ValueNames.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// The order of axes in which rows are the last but one, and the batch is the first.
static SmallVector<int64_t> rowsLast(int64_t rank, const RopeMatch &match) {
  SmallVector<int64_t> order;
  if (match.batchAxis >= 0)
    order.push_back(match.batchAxis);
  for (int64_t axis = 0; axis + 1 < rank; ++axis)
    if (axis != match.batchAxis && axis != match.rowAxis)
      order.push_back(axis);
  order.push_back(match.rowAxis);
  order.push_back(rank - 1);
  return order;
}

static SmallVector<int64_t> inverseOf(ArrayRef<int64_t> order) {
  SmallVector<int64_t> inverse(order.size());
  for (auto [i, at] : llvm::enumerate(order))
    inverse[at] = i;
  return inverse;
}

namespace {
/// The way to B x H x T x D and back.
struct Layout {
  SmallVector<int64_t> order; // of the axes
  SmallVector<int64_t> added; // axes of size 1, after ordering

  static Layout of(const RopeMatch &match) {
    int64_t rank = typeOf(match.input).getRank();
    Layout layout{rowsLast(rank, match), {}};
    if (match.batchAxis < 0 && rank < 4)
      layout.added.push_back(0);
    while (rank + int64_t(layout.added.size()) < 4)
      layout.added.push_back(match.batchAxis < 0 ? int64_t(layout.added.size()) : 1);
    return layout;
  }
  Value enter(OnnxBuilder &make, Value value) const {
    return make.unsqueeze(make.transpose(value, order), added);
  }
  Value leave(OnnxBuilder &make, Value value) const {
    return make.transpose(make.squeeze(value, added), inverseOf(order));
  }
};
} // namespace

/// A table as rows of width / 2 elements, each behind a batch of its own or of 1.
static Value asRows(OnnxBuilder &make, const RopeTable &table, int64_t half) {
  Value value = table.value;
  int64_t rank = typeOf(value).getRank();
  value = make.sliceEvery(value, table.columnAxis, table.start, half, table.stride);
  SmallVector<int64_t> order, dropped;
  // An axis of size 1 may stand for the batch.
  int64_t batch = table.batchAxis;
  if (batch < 0 && table.rowAxis > 0 && typeOf(value).getDimSize(0) == 1)
    batch = 0;
  if (batch >= 0)
    order.push_back(batch);
  order.append({table.rowAxis, table.columnAxis});
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(order, axis))
      dropped.push_back(axis);
  value = make.squeeze(value, dropped);
  // Where the axes stand once the others are gone.
  for (int64_t &axis : order)
    axis -= llvm::count_if(dropped, [&](int64_t gone) { return gone < axis; });
  value = make.transpose(value, order);
  if (batch < 0)
    value = make.unsqueeze(value, {0});
  return table.negated ? make.negate(value) : value;
}

/// The columns of a constant that the table is: as they are, or copied where that is cheap.
static Value columnsOf(OnnxBuilder &make, const RopeTable &table, int64_t half) {
  constexpr int64_t cheap = int64_t(1) << 20;
  Value data = table.value.getDefiningOp()->getOperand(0);
  auto type = typeOf(data);
  if (table.start == 0 && table.stride == 1 && type.getDimSize(1) == half)
    return data;
  auto whole = onnx::ConstantView::of(data) && onnx::encodedBytes(type) <= cheap
                   ? onnx::Tensor::of(data.getDefiningOp()->getAttr("value"))
                   : onnx::Tensor();
  if (!whole)
    return {};
  int64_t rows = whole.dim(0), columns = whole.dim(1);
  onnx::Tensor part = onnx::Tensor::zeros(whole.element(), {rows, half});
  for (int64_t i = 0; i < part.size(); ++i)
    part.writable()[i] =
        whole.cells()[i / half * columns + table.start + table.stride * (i % half)];
  return makeConstantOp(make.raw(), make.location(), part.attribute("rope"));
}

/// The rows of both tables that are looked up with the same positions.
static onnx::GatherOp lookedUp(const RopeMatch &match) {
  auto cos = match.cos.value.getDefiningOp<onnx::GatherOp>(),
       sin = match.sin.value.getDefiningOp<onnx::GatherOp>();
  for (onnx::GatherOp op : {cos, sin}) {
    if (!op || onnx::intAttribute(op, "axis", 0) != 0 || !typeOf(op->getOperand(0)) ||
        typeOf(op->getOperand(0)).getRank() != 2 || !typeOf(op->getOperand(1)))
      return {};
    int64_t rank = typeOf(op->getOperand(1)).getRank();
    if (rank != 1 && rank != 2)
      return {};
  }
  bool plain = !match.cos.negated && !match.sin.negated &&
               match.cos.batchAxis == match.sin.batchAxis && match.cos.batchAxis <= 0;
  return plain && cos->getOperand(1) == sin->getOperand(1) ? cos : onnx::GatherOp();
}

static Value positionsOf(OnnxBuilder &make, onnx::GatherOp gather) {
  Value positions = gather->getOperand(1);
  positions = make.cast(positions, make.raw().getI64Type());
  return typeOf(positions).getRank() == 1 ? make.unsqueeze(positions, {0}) : positions;
}

void retort::replaceRope(IRRewriter &rewriter, const RopeMatch &match) {
  Operation *last = match.output.getDefiningOp();
  rewriter.setInsertionPoint(last);
  OnnxBuilder make(rewriter, last->getLoc());
  int64_t half = match.rotation.width / 2, end = typeOf(match.input).getRank() - 1;
  Value cos, sin, positions;
  if (onnx::GatherOp gather = lookedUp(match)) {
    cos = columnsOf(make, match.cos, half);
    sin = columnsOf(make, match.sin, half);
    positions = cos && sin ? positionsOf(make, gather) : Value();
  }
  if (!positions) {
    cos = asRows(make, match.cos, half);
    sin = asRows(make, match.sin, half);
  }
  Value value = match.input;
  if (!match.rotation.keepsInputOrder())
    value = make.reorder(value, end, match.rotation.inputOrder);
  Layout layout = Layout::of(match);
  value = layout.enter(make, value);
  value = llm::RopeOp::create(rewriter, last->getLoc(), value.getType(), value, cos, sin, positions,
                              match.rotation.interleaved);
  value = layout.leave(make, value);
  if (!match.rotation.keepsOutputOrder())
    value = make.reorder(value, end, inverseOf(match.rotation.outputOrder));
  // The sizes of both agree, though one type may know more of them.
  if (match.input.getType() == match.output.getType())
    value.setType(match.output.getType());
  onnx::replaceValue(rewriter, match.output, value);
}
