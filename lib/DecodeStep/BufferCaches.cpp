// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attentions over buffers read the rows of the text alone.
#include "lib/DecodeStep/BufferCaches.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Constants.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t unknown = ShapedType::kDynamic;

namespace {
/// The keys or the values of one attention.
struct Half {
  BufferWrite write;
  Value rows; // B x G x T x D
};
} // namespace

static std::optional<Half> matchHalf(Value heads, Samples &samples, OpBuilder &builder) {
  auto write = findBufferWrite(heads, samples);
  Value rows = write ? headsOfRows(heads, *write, samples, builder) : Value();
  return rows ? std::optional(Half{*write, rows}) : std::nullopt;
}

/// An argument for the rows of the past in front of `rows`.
static BlockArgument addPast(func::FuncOp function, const Half &half) {
  auto type = cast<RankedTensorType>(half.rows.getType());
  unsigned place = function.getNumArguments();
  (void)function.insertArgument(
      place, type.clone({unknown, type.getDimSize(1), unknown, type.getDimSize(3)}), {},
      half.rows.getLoc());
  return function.getArgument(place);
}

/// The number of columns of the text: rows of the past and new ones.
static Value countColumns(llm::AttentionOp op, OpBuilder &builder) {
  Location loc = op.getLoc();
  auto one = RankedTensorType::get({1}, builder.getI64Type());
  auto rowsOf = [&](Value heads) {
    return onnx::ShapeOp::create(builder, loc, one, heads, builder.getI64IntegerAttr(3),
                                 builder.getI64IntegerAttr(2));
  };
  return onnx::AddOp::create(builder, loc, one, rowsOf(op.getPastKey()).getResult(),
                             rowsOf(op.getKey()).getResult());
}

/// The columns of the text, of a value that has one for each row of the buffer.
static Value keepColumns(Value value, Value count, OpBuilder &builder) {
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type || type.getRank() == 0 || type.getShape().back() == 1)
    return value;
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = unknown;
  Location loc = value.getLoc();
  return onnx::SliceOp::create(builder, loc, type.clone(shape), value,
                               makeIntegers(builder, loc, {0}), count,
                               makeIntegers(builder, loc, {-1}), Value());
}

/// Without a past, row i stood at column i.
static void keepOffset(llm::AttentionOp op, OpBuilder &builder) {
  if (op.getOffset() || !(op.getCausal() || op.getLeftWindow() || op.getRightWindow()))
    return;
  auto scalar = RankedTensorType::get({}, builder.getI64Type());
  op.getOffsetMutable().assign(makeConstantOp(
      builder, op.getLoc(), DenseElementsAttr::get(llvm::cast<ShapedType>(scalar), int64_t(0))));
}

static void readRows(llm::AttentionOp op, const Half &keys, const Half &values, OpBuilder &builder,
                     CacheForms &forms) {
  auto function = op->getParentOfType<func::FuncOp>();
  int64_t columns = cast<RankedTensorType>(op.getKey().getType()).getDimSize(2);
  if (ShapedType::isDynamic(columns))
    columns = forms.context;
  keepOffset(op, builder);
  forms.buffers[op] = {op.getMask(), op.getBias(), columns};
  for (bool holdsKeys : {true, false}) {
    const Half &half = holdsKeys ? keys : values;
    BlockArgument past = addPast(function, half);
    forms.rows.push_back({past, half.write.buffer, half.write.scatter, op, holdsKeys});
    forms.assumptions.push_back(half.write.assumption);
    (holdsKeys ? op.getPastKeyMutable() : op.getPastValueMutable()).assign(past);
    if (holdsKeys)
      op.getKeyMutable().assign(half.rows);
    else
      op.getValueMutable().assign(half.rows);
    (holdsKeys ? op.getPresentKey() : op.getPresentValue())
        .setType(cast<RankedTensorType>(half.rows.getType()));
  }
  Value count = countColumns(op, builder);
  if (op.getMask())
    op.getMaskMutable().assign(keepColumns(op.getMask(), count, builder));
  if (op.getBias())
    op.getBiasMutable().assign(keepColumns(op.getBias(), count, builder));
}

void retort::readRowsOfBuffers(llm::AttentionOp op, Samples &samples, CacheForms &forms) {
  OpBuilder builder(op);
  auto keys = matchHalf(op.getKey(), samples, builder),
       values = matchHalf(op.getValue(), samples, builder);
  // What else uses the present, uses all of the buffer.
  if (keys && values && op.getPresentKey().use_empty() && op.getPresentValue().use_empty())
    readRows(op, *keys, *values, builder, forms);
}
