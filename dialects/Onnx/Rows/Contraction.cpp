// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products: no operand may be summed over its rows.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Rows/Rows.h"

using namespace mlir;
using namespace retort::onnx;

static bool isProduct(Rows &rows, int64_t summedA, int64_t summedB) {
  return rows.rank(0) > 1 && rows.rank(1) > 1 && rows.row(0) != summedA && rows.row(1) != summedB &&
         rows.isAligned(0) && rows.isAligned(1) && (rows.slots.size() < 3 || rows.isAligned(2));
}

bool retort::onnx::rowsMatMul(Operation *, Rows &rows) {
  return isProduct(rows, rows.rank(0) - 1, rows.rank(1) - 2);
}

bool retort::onnx::rowsGemm(Operation *op, Rows &rows) {
  bool transposesA = intAttribute(op, "transA", 0);
  return isProduct(rows, transposesA ? 0 : 1, intAttribute(op, "transB", 0) ? 1 : 0) &&
         (!rows.row(0) || !transposesA);
}

bool retort::onnx::rowsFusedMatMul(Operation *op, Rows &rows) {
  return !rows.row(1) && !intAttribute(op, "transA", 0) && !intAttribute(op, "transBatchA", 0) &&
         rows.row(0) != rows.rank(0) - 1 && rows.isAligned(0);
}

bool retort::onnx::rowsMatMulNBits(Operation *, Rows &rows) {
  return rows.row(0) && rows.row(0) != rows.rank(0) - 1 && rows.isAligned(0);
}

bool retort::onnx::rowsEinsum(Operation *op, Rows &rows) {
  auto equation = op->getAttrOfType<StringAttr>("equation");
  auto ranks = llvm::map_to_vector(rows.slots, [](Value value) { return Rows::rank(value); });
  auto parsed = equation ? EinsumEquation::parse(equation.getValue(), ranks) : std::nullopt;
  if (!parsed)
    return false;
  for (size_t i = 0; i < rows.slots.size(); ++i)
    if (rows.row(i) && parsed->operands[i][*rows.row(i)] != parsed->output[rows.result])
      return false;
  return true;
}
