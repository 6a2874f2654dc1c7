// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that place elements anew.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Rows/Rows.h"

using namespace mlir;
using namespace retort::onnx;

static Polynomial sizeBehind(SymbolicDims &dims, Value value, int64_t axis) {
  Polynomial product(1);
  SymbolicShape shape = *dims.shape(value);
  for (const Polynomial &size : ArrayRef(shape).drop_front(axis + 1))
    product = product * size;
  return product;
}

/// Elements keep their order: those of one row lie as far apart as before.
bool retort::onnx::rowsReshape(Operation *op, Rows &rows) {
  if (!rows.row(0))
    return false;
  auto stride = (sizeBehind(rows.dims, rows.slot(0), *rows.row(0)) * Polynomial(rows.inner))
                    .dividedBy(sizeBehind(rows.dims, op->getResult(0), rows.result));
  auto side = stride ? stride->constant() : std::nullopt;
  auto count = rows.elementsOfEach(op->getResult(0), rows.result);
  if (!side || *side <= 0 || !count || *count % *side != 0)
    return false;
  rows.inner = *side;
  rows.layout = Rows::Layout::Computed;
  return true;
}

bool retort::onnx::rowsTranspose(Operation *op, Rows &rows) {
  auto order = op->getAttrOfType<DenseI64ArrayAttr>("perm");
  int64_t source = order ? order[rows.result] : rows.rank(0) - 1 - rows.result;
  return source == rows.row(0);
}

bool retort::onnx::rowsExpand(Operation *, Rows &rows) { return rows.isAligned(0); }

bool retort::onnx::rowsTile(Operation *, Rows &rows) {
  rows.layout = Rows::Layout::Repeated;
  return rows.row(0) == rows.result;
}

/// Rows of a table chosen by rows of indices, or elements of each row by indices that are the same
/// for all.
static bool lookUp(Rows &rows, int64_t axis) {
  if (rows.row(0) && rows.row(1))
    return false;
  if (rows.row(1))
    return rows.result == axis + *rows.row(1);
  return rows.row(0) != axis &&
         rows.result == *rows.row(0) + (*rows.row(0) > axis ? rows.rank(1) - 1 : 0);
}

bool retort::onnx::rowsGather(Operation *, Rows &rows) {
  return lookUp(rows, rows.axis("axis", 0));
}

bool retort::onnx::rowsGatherBlockQuantized(Operation *, Rows &rows) {
  return !rows.row(0) && lookUp(rows, rows.axis("gather_axis", 0));
}

/// Rows of indices choose from a table that is the same for all, or each from its own row.
bool retort::onnx::rowsGatherND(Operation *op, Rows &rows) {
  return rows.row(1) && rows.result == rows.row(1) && *rows.row(1) < rows.rank(1) - 1 &&
         (!rows.row(0) ||
          (rows.row(0) == rows.row(1) && *rows.row(0) < intAttribute(op, "batch_dims", 0)));
}

/// Index i of another axis is looked up within row i, or written there: all operands have rows.
bool retort::onnx::rowsByIndex(Operation *, Rows &rows) {
  return rows.areAlongResult() &&
         llvm::all_of(rows.axes, [](auto row) { return row.has_value(); }) &&
         rows.axis("axis", 0) != rows.row(0);
}

/// What is written are slices that hold all rows, at places that are the same for all.
bool retort::onnx::rowsScatterND(Operation *, Rows &rows) {
  int64_t depth = cast<RankedTensorType>(rows.slot(1).getType()).getShape().back();
  return rows.row(0) && rows.row(2) && !rows.row(1) && rows.result == rows.row(0) && depth > 0 &&
         *rows.row(0) >= depth && *rows.row(2) == *rows.row(0) - depth + rows.rank(1) - 1;
}

bool retort::onnx::rowsOneHot(Operation *op, Rows &rows) {
  int64_t place = intAttribute(op, "axis", -1);
  place = place < 0 ? place + rows.rank(0) + 1 : place;
  return rows.row(0) && rows.result == *rows.row(0) + (place <= *rows.row(0) ? 1 : 0);
}
