// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a query in the lanes of vectors: packed, and written back, by square blocks that are
// turned.
//   q[head][row][d ... d + 7] of 8 rows   ->   queries[d ... d + 7][lane ... lane + 7]
#include "lib/Codegen/RowLanes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

SmallVector<RowLanes::Row> RowLanes::rowsOf(Value vector) {
  Value first = b.add(firstLane, b.multiply(vector, lanes()));
  first = b.least(first, b.subtract(b.rowsOfGroup, b.index(1)));
  Value head = b.divide(first, b.rows), row = b.remainder(first, b.rows);
  Value firstHead = b.multiply(group, b.repeats);
  SmallVector<Row> result;
  auto isEqual = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
  };
  auto choose = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(b, condition, x, y);
  };
  for (int64_t lane = 0; lane < lanes(); ++lane) {
    result.push_back({b.add(firstHead, head), row});
    Value nextRow = b.add(row, b.index(1)), endsHead = isEqual(nextRow, b.rows);
    Value nextHead = b.add(head, b.index(1));
    Value isLast = arith::AndIOp::create(b, endsHead, isEqual(nextHead, b.repeats));
    row = choose(isLast, row, choose(endsHead, b.index(0), nextRow));
    head = choose(isLast, head, choose(endsHead, nextHead, head));
  }
  return result;
}

void RowLanes::packVector(Value vector, ArrayRef<Row> rows, Value queries) {
  Value lane = b.multiply(vector, lanes());
  int64_t depth = b.op.depth();
  auto packBlock = [&](Value d, int64_t used) {
    Value mask = used < lanes() ? b.maskOf(b.index(used)) : Value();
    Values loaded;
    for (const Row &row : rows) {
      Value numbers = b.loadVector(b.query, {batchIndex, row.head, row.row, d}, mask);
      loaded.push_back(
          arith::MulFOp::create(b, numbers, b.splat(b.op.getScale().convertToDouble())));
    }
    for (auto [i, turned] : llvm::enumerate(b.transpose(loaded)))
      if (int64_t(i) < used)
        vector::StoreOp::create(b, turned, queries, ValueRange{b.add(d, b.index(i)), lane});
  };
  if (int64_t blocks = depth / lanes())
    b.loop(b.index(blocks), [&](Value i) { packBlock(b.multiply(i, lanes()), lanes()); });
  if (int64_t rest = depth % lanes())
    packBlock(b.index(depth - rest), rest);
}

void RowLanes::packBias(Value start, Value count, Value biases) {
  b.loop(b.index(b.shape.vectors), [&](Value vector) {
    SmallVector<Row> rows = rowsOf(vector);
    Value lane = b.multiply(vector, lanes());
    Value blocks = b.divide(b.add(count, b.index(lanes() - 1)), b.index(lanes()));
    b.loop(blocks, [&](Value i) {
      Value place = b.multiply(i, lanes());
      Value mask = b.maskOf(b.subtract(count, place));
      Values loaded;
      for (const Row &row : rows)
        loaded.push_back(b.loadVector(
            b.bias, b.biasPlace(batchIndex, row.head, row.row, b.add(start, place)), mask));
      for (auto [j, turned] : llvm::enumerate(b.transpose(loaded)))
        vector::StoreOp::create(b, turned, biases, ValueRange{b.add(place, b.index(j)), lane});
    });
  });
}

void RowLanes::writeRows(Value output, Value factors) {
  int64_t width = b.op.width();
  b.loop(b.index(b.shape.vectors), [&](Value vector) {
    SmallVector<Row> rows = rowsOf(vector);
    Value lane = b.multiply(vector, lanes());
    Value factor = b.loadVector(factors, {b.index(0), lane}, {});
    auto write = [&](Value e, int64_t used) {
      Value mask = used < lanes() ? b.maskOf(b.index(used)) : Value();
      Values loaded;
      for (int64_t i = 0; i < lanes(); ++i)
        loaded.push_back(arith::MulFOp::create(
            b, b.loadVector(output, {b.add(e, b.index(i)), lane}, {}), factor));
      for (auto [row, turned] : llvm::zip(rows, b.transpose(loaded)))
        b.storeVector(turned, b.init, {batchIndex, row.head, row.row, e}, mask);
    };
    if (int64_t blocks = width / lanes())
      b.loop(b.index(blocks), [&](Value i) { write(b.multiply(i, lanes()), lanes()); });
    if (int64_t rest = width % lanes())
      write(b.index(width - rest), rest);
  });
}
