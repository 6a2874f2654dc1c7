// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of the kernel that computes tiles of a product.
#include "dialects/Linear/TileBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

Values TileBuilder::load(Value part, Value row) {
  Type element = cast<MemRefType>(part.getType()).getElementType();
  Values result;
  for (int64_t v = 0; v < shape.vectors; ++v) {
    Value at = add(column, index(v * shape.lanes));
    Value value =
        vector::LoadOp::create(*this, vectorOf(element), part, ValueRange{panel, row, at});
    if (isa<FloatType>(element) && !element.isF32())
      value = arith::ExtFOp::create(*this, vectorOf(getF32Type()), value);
    result.push_back(value);
  }
  return result;
}

Values TileBuilder::accumulate(ValueRange sums, Value position,
                               function_ref<Value(int64_t)> columns) {
  auto left = [&](int64_t r) -> Value {
    return memref::LoadOp::create(*this, packed, ValueRange{tile, index(r), position});
  };
  return addProducts(sums, left, columns);
}

Values TileBuilder::sumRows(const RowOrder &order, function_ref<Values(Value)> decode) {
  if (!firstRow)
    return loop(index(order.depth), zeros(),
                [&](Value k, ValueRange sums) { return accumulate(sums, k, decode(k)); });
  return loop(rowCount, start, [&](Value i, ValueRange sums) {
    Value k = add(firstRow, i);
    return accumulate(sums, k, decode(k));
  });
}
