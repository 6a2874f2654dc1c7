// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/RopeTable.h"

#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// The values from which a cold value is made by moving elements, nearest first, itself included.
static SmallVector<Value> originsOf(ArrayRef<Value> leaves) {
  SmallVector<Value> origins(leaves);
  for (size_t i = 0; i < origins.size() && origins.size() < 64; ++i) {
    Operation *op = origins[i].getDefiningOp();
    bool isMove = op && ((onnx::movementOf(op) && !isa<onnx::Lookup>(op)) ||
                         onnx::isConversion(op) || isa<onnx::NegOp>(op));
    if (!isMove)
      continue;
    for (Value operand : op->getOperands())
      if (isa<FloatType>(getElementTypeOrSelf(operand.getType())) &&
          !llvm::is_contained(origins, operand))
        origins.push_back(operand);
  }
  return origins;
}

/// Finds rows, batch and columns of a tensor that may be a table for the match; all other axes must
/// be 1.
static bool findAxes(RopeTable &table, ArrayRef<int64_t> before, ArrayRef<int64_t> after,
                     SizePair rows, SizePair batches) {
  if (before.size() != after.size() || before.empty())
    return false;
  table.rowAxis = table.columnAxis = -1;
  for (int64_t axis = 0; axis < int64_t(before.size()); ++axis) {
    SizePair size(before[axis], after[axis]);
    if (size == rows && table.rowAxis < 0)
      table.rowAxis = axis;
    else if (size == batches && table.batchAxis < 0 && table.rowAxis < 0 &&
             batches.first != batches.second)
      table.batchAxis = axis;
    else if (size.first != 1 && size.first == size.second && table.columnAxis < 0)
      table.columnAxis = axis;
    else if (size.first != 1 || size.second != 1)
      return false;
  }
  // Rows of one element.
  int64_t last = before.size() - 1;
  if (table.columnAxis < 0 && before.back() == 1 && table.rowAxis != last &&
      table.batchAxis != last)
    table.columnAxis = last;
  return table.rowAxis >= 0 && table.columnAxis >= 0;
}

double retort::entryOf(const RopeTable &table, const Tensor &values, int64_t b, int64_t row,
                       int64_t p) {
  onnx::Shape strides = onnx::stridesOf(values.shape());
  int64_t at = row * strides[table.rowAxis];
  if (table.batchAxis >= 0)
    at += b * strides[table.batchAxis];
  at += (table.start + table.stride * p) * strides[table.columnAxis];
  return table.negated ? -values.number(at) : values.number(at);
}

/// Whether the rows of the table are those wanted, at some start, stride and sign.
static bool holds(RopeTable &table, const Tensor &values, ArrayRef<double> wanted, int64_t rows) {
  int64_t half = wanted.size() / rows;
  int64_t columns = values.dim(table.columnAxis);
  for (bool negated : {false, true})
    for (auto [start, stride] : {std::pair<int64_t, int64_t>(0, 1), {half, 1}, {0, 2}, {1, 2}}) {
      table.start = start;
      table.stride = stride;
      table.negated = negated;
      if (start + (half - 1) * stride >= columns)
        continue;
      bool same = true;
      for (int64_t row = 0; row < rows && same; ++row)
        for (int64_t p = 0; p < half && same; ++p)
          same = entryOf(table, values, 0, row, p) == wanted[row * half + p];
      if (same)
        return true;
    }
  return false;
}

/// Rows that are looked up can be extended; tables without repetitions need no slices, those of few
/// axes no Squeeze.
static int rank(const RopeTable &table, int64_t half, ArrayRef<int64_t> shape) {
  auto gather = table.value.getDefiningOp<onnx::GatherOp>();
  bool isTight = shape[table.columnAxis] == half;
  int choice = (gather ? 4 : 0) + (table.negated ? 0 : 2) + (isTight ? 1 : 0);
  return 16 * choice - int(shape.size());
}

std::optional<RopeTable> retort::findRopeTable(ArrayRef<Value> cold, const WantedTable &wanted,
                                               onnx::Cone &first, onnx::Cone &second) {
  int64_t half = wanted.numbers.size() / wanted.rows.first;
  std::optional<RopeTable> best;
  int bestRank = INT_MIN;
  for (Value origin : originsOf(cold)) {
    if (!isa<FloatType>(getElementTypeOrSelf(origin.getType())))
      continue;
    FailureOr<Tensor> before = first.evaluate(origin), after = second.evaluate(origin);
    RopeTable table;
    table.value = origin;
    if (failed(before) || failed(after) ||
        !findAxes(table, before->shape(), after->shape(), wanted.rows, wanted.batches) ||
        !holds(table, *before, wanted.numbers, wanted.rows.first))
      continue;
    if (int here = rank(table, half, before->shape()); here > bestRank) {
      best = table;
      bestRank = here;
    }
  }
  return best;
}
