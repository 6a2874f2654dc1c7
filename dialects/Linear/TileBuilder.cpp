// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of the kernel that computes tiles of a product.
#include "dialects/Linear/TileBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

Value TileBuilder::splat(TypedAttr value) {
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(vectorOf(value.getType()), value));
}

Value TileBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(*this, vectorOf(scalar.getType()), scalar);
}

Value TileBuilder::multiplyAdd(Value a, Value b, Value c) {
  auto fuse = arith::FastMathFlags::contract;
  return arith::AddFOp::create(*this, arith::MulFOp::create(*this, a, b, fuse), c, fuse);
}

Values TileBuilder::loop(Value count, ValueRange start,
                         function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, index(0), count, index(1), start);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!start.empty())
    scf::YieldOp::create(*this, next);
  return Values(loop.getResults());
}

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
  Values result, known(shape.vectors);
  for (int64_t r = 0; r < shape.rows; ++r) {
    Value x = memref::LoadOp::create(*this, packed, ValueRange{tile, index(r), position});
    x = broadcast(x);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      if (!known[v])
        known[v] = columns(v);
      result.push_back(multiplyAdd(x, known[v], sums[r * shape.vectors + v]));
    }
  }
  return result;
}

Values TileBuilder::accumulate(ValueRange sums, Value position, ValueRange columns) {
  return accumulate(sums, position, [&](int64_t v) { return columns[v]; });
}

Values TileBuilder::zeros() {
  return Values(shape.rows * shape.vectors, splat(getF32FloatAttr(0)));
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
