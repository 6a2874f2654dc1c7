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

Values TileBuilder::sumGroups(int64_t first, int64_t count, ValueRange start,
                              function_ref<Values(Value, ValueRange)> body) {
  if (count == 1)
    return body(index(first), start);
  return loop(index(count), start, [&](Value i, ValueRange before) {
    return body(first ? add(index(first), i) : i, before);
  });
}

Values TileBuilder::groupStart(Value group) {
  Values start;
  for (int64_t r = 0; r < shape.rows; ++r) {
    Value sum = memref::LoadOp::create(*this, groupSums, ValueRange{tile, index(r), group});
    start.append(shape.vectors, broadcast(sum));
  }
  return start;
}

Values TileBuilder::addScaled(ValueRange before, function_ref<Values()> scalesOf,
                              function_ref<Values()> sumsOf) {
  Values sums = sumsOf(), scales = scalesOf(), result;
  for (auto [i, sum] : llvm::enumerate(sums))
    result.push_back(multiplyAdd(scales[i % shape.vectors], sum, before[i]));
  return result;
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
