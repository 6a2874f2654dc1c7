// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plans cold operands: constants, or rows of tables for the whole context.
#include "lib/DecodeStep/Derivation.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// The same at every place.
LogicalResult Derivation::planConstant(OpOperand &use) {
  if (!cold.followsLength(use.get()))
    return success();
  FailureOr<Tensor> table = cold.tabulate(use.get(), {}, use.getOwner(), refusal);
  if (failed(table))
    return failure();
  edits.push_back({&use, [table = *table](StepInputs &inputs) { return inputs.constant(table); }});
  return success();
}

/// Whether the elements count along the axis.
static bool counts(const Tensor &table, int64_t axis) {
  if (table.isFloat() || table.size() != table.dim(axis))
    return false;
  for (int64_t i = 0; i < table.size(); ++i)
    if (table.integer(i) != i)
      return false;
  return true;
}

/// Whether an operation takes what the table holds from the front of a constant.
static bool isPrefix(Operation *op, const Tensor &table, int64_t axis) {
  auto slice = dyn_cast_or_null<onnx::SliceOp>(op);
  Operation *data = slice ? slice.getData().getDefiningOp() : nullptr;
  if (!data || data->getNumOperands() > 0)
    return false;
  Tensor whole = Tensor::of(data->getAttr("value"));
  return whole && whole.element() == table.element() &&
         isPartOf(table, whole, {axis, {}}, {0, table.dim(axis)});
}

FailureOr<RowSource> Derivation::planRows(Value value, int64_t axis, Operation *user) {
  RowSource source;
  source.axis = axis;
  // Rows of a constant table are looked up, not copied into another table.
  auto gather = value.getDefiningOp<onnx::GatherOp>();
  if (gather && !cold.followsLength(gather.getData()) && rows.axisOf(gather.getIndices())) {
    int64_t inner = *rows.axisOf(gather.getIndices());
    FailureOr<RowSource> indices = planRows(gather.getIndices(), inner, gather);
    if (failed(indices))
      return failure();
    auto data = cast<RankedTensorType>(gather.getData().getType());
    int64_t from = gather.getAxis() < 0 ? gather.getAxis() + data.getRank() : gather.getAxis();
    int64_t size = data.getDimSize(from), most = 0;
    for (int64_t i = 0; i < indices->table.size(); ++i)
      most = std::max(most, indices->table.integer(i));
    if (!ShapedType::isDynamic(size) && most >= size)
      return refusal.because(gather, "looks up a table of " + Twine(size) + " rows",
                             cold.context() - (most + 1 - size));
    source.kind = RowSource::Lookup;
    source.lookup = gather;
    source.indices = std::make_shared<RowSource>(*indices);
    return source;
  }
  FailureOr<Tensor> table = cold.tabulate(value, {axis, {}}, user, refusal);
  if (failed(table))
    return failure();
  source.table = *table;
  source.kind = counts(*table, axis) ? RowSource::Positions : RowSource::Table;
  if (source.kind == RowSource::Table && isPrefix(value.getDefiningOp(), *table, axis)) {
    source.kind = RowSource::Prefix;
    source.lookup = value.getDefiningOp();
  }
  if (source.kind == RowSource::Table)
    if ((source.angles = AngleRows::of(value, *table, axis, cold)))
      source.kind = RowSource::Angles;
  return source;
}

LogicalResult Derivation::planOperand(OpOperand &use) {
  Value value = use.get();
  if (cold.isHot(value) || !cold.followsLength(value))
    return success();
  SmallVector<int64_t> axes = rows.axesOf(value);
  if (axes.empty())
    return planConstant(use);
  if (axes.size() > 1)
    return refusal.because(use.getOwner(), "takes a value for each pair of rows");
  FailureOr<RowSource> source = planRows(value, axes.front(), use.getOwner());
  if (failed(source))
    return failure();
  edits.push_back({&use, [source = *source](StepInputs &inputs) { return inputs.rowsOf(source); }});
  return success();
}
