// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that work along some axes, and not along the others.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Rows/Rows.h"

using namespace mlir;
using namespace retort::onnx;

/// Axes are an operand; absent means all, or none.
bool retort::onnx::rowsReduce(Operation *op, Rows &rows) {
  int64_t before = 0;
  if (!rows.row(0))
    return false;
  if (Value list = rows.slot(1)) {
    auto reduced = rows.dims.constants(list);
    if (!reduced)
      return false;
    for (int64_t axis : *reduced) {
      if (rows.front(axis) == rows.row(0))
        return false;
      before += rows.front(axis) < *rows.row(0);
    }
  } else if (!intAttribute(op, "noop_with_empty_axes", 0)) {
    return false;
  }
  return rows.result == *rows.row(0) - (intAttribute(op, "keepdims", 1) ? 0 : before);
}

bool retort::onnx::rowsArgReduce(Operation *op, Rows &rows) {
  int64_t axis = rows.axis("axis", 0);
  return rows.row(0) && axis != rows.row(0) &&
         rows.result == *rows.row(0) - (!intAttribute(op, "keepdims", 1) && axis < *rows.row(0));
}

/// The axis is the last where none is named.
bool retort::onnx::rowsAlongOneAxis(Operation *, Rows &rows) {
  return rows.areAlongResult() && rows.row(0) && rows.axis("axis", -1) != rows.row(0);
}

/// Whether the row axis is none of the given; all are given where there is no list.
static bool leaves(Rows &rows, Value list) {
  auto chosen = list ? rows.dims.constants(list) : std::nullopt;
  return chosen && rows.areAlongResult() &&
         llvm::none_of(*chosen, [&](int64_t axis) { return rows.front(axis) == rows.row(0); });
}

bool retort::onnx::rowsCumulate(Operation *, Rows &rows) { return leaves(rows, rows.slot(1)); }

/// Slice and Pad.
bool retort::onnx::rowsSlice(Operation *, Rows &rows) { return leaves(rows, rows.slot(3)); }

/// Concat and Split.
bool retort::onnx::rowsAlongOther(Operation *, Rows &rows) {
  return rows.areAlongResult() && rows.axis("axis", 0) != rows.result;
}

/// Over the last axes, from `axis` on.
bool retort::onnx::rowsNormalization(Operation *, Rows &rows) {
  return rows.row(0) && *rows.row(0) < rows.axis("axis", -1) && rows.result == rows.row(0) &&
         rows.areAligned();
}

/// Over the last axis, of a sum.
bool retort::onnx::rowsSkipNormalization(Operation *, Rows &rows) {
  return rows.areAlongResult() && rows.result != rows.rank(0) - 1;
}

/// One scale for all, or one for each element of another axis.
bool retort::onnx::rowsScaled(Operation *, Rows &rows) {
  return rows.row(0) && rows.result == rows.row(0) && !rows.row(1) && !rows.row(2) &&
         (rows.rank(1) == 0 || rows.axis("axis", 1) != rows.row(0));
}
