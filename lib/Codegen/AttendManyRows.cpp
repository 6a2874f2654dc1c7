// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of many rows, whose scores are turned: a lane is a row of the query, so that maxima and
// sums of a softmax run along lanes, and keys and values are read as they lie.
//
// For each tile of rows of the heads that share keys and values, some vectors of them:
//   1. Pack the rows, one lane each, times the scale; note which columns each sees.
//   2. For blocks of columns that one of them sees:
//      a. s[j][lane] = sum over d of k[j][d] q[d][lane]; capped, biased, -inf where hidden.
//      b. m' = max(m, s), p = exp(s - m'), l = l exp(m - m') + sum of p.
//      c. o[e][lane] = o[e][lane] exp(m - m') + sum over j of v[j][e] p[j][lane].
//   3. result = o / l, turned back.
#include "lib/Codegen/RowLanes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

/// Tiles of scores in a block of columns: scores, keys and values of one stay in the first cache.
static constexpr int64_t tilesOfBlock = 8;

namespace {
class ManyRows {
public:
  explicit ManyRows(const AttentionPlan &plan)
      : plan(plan), b(plan), unit{b, {}, {}, {}}, depth(b.op.depth()), width(b.op.width()),
        rowsOfOutput(evenRows(width, plan.shape.rows)) {}
  func::FuncOp build();

private:
  int64_t lanes() const { return b.shape.lanes; }
  int64_t lanesOfTile() const { return b.shape.columns(); }
  int64_t columnsOfBlock() const { return tilesOfBlock * b.shape.rows; }
  void startUnit(Value number, Value tiles);
  void packRows();
  void noteRange(Value lane, const AttentionBuilder::Range &range);
  void attendUnit();
  Values loadVectors(Value buffer, ValueRange at);
  void storeVectors(ValueRange vectors, Value buffer, ValueRange at);
  Values maskTile(ValueRange scores, ArrayRef<Value> columns);
  Values finishTile(ValueRange scores, ArrayRef<Value> columns);
  Values scoreBlock(ValueRange highest);
  Values normalizeBlock(ValueRange shifts, ValueRange sums);
  void addValues(ValueRange factors);
  Values attendBlock(Value block, ValueRange state);

  const AttentionPlan &plan;
  AttentionBuilder b;
  RowLanes unit; // the present one
  int64_t depth, width, rowsOfOutput;
  // Buffers of a unit; `table` holds the sinks, then the factors of the result.
  Value queries, scores, biases, output, lows, highs, table;
  // The columns that some rows of the unit see, and all.
  Value firstColumn, behindColumn, firstOfAll, behindOfAll;
  // The present block.
  Value start, count, isFull;
};
} // namespace

void ManyRows::startUnit(Value number, Value tiles) {
  Value pair = b.divide(number, tiles);
  unit.firstLane = b.multiply(b.remainder(number, tiles), lanesOfTile());
  unit.group = b.remainder(pair, b.groups);
  unit.batchIndex = b.divide(pair, b.groups);
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  int64_t rows = std::max(llvm::alignTo(width, rowsOfOutput), llvm::alignTo(width, lanes()));
  queries = b.allocate({depth, lanesOfTile()}, f32);
  scores = b.allocate({columnsOfBlock(), lanesOfTile()}, f32);
  output = b.allocate({rows, lanesOfTile()}, f32);
  table = b.allocate({1, lanesOfTile()}, f32);
  if (plan.hasRanges()) {
    lows = b.allocate({lanesOfTile()}, i32);
    highs = b.allocate({lanesOfTile()}, i32);
  }
  if (b.bias)
    biases = b.allocate({int64_t(llvm::alignTo(columnsOfBlock(), lanes())), lanesOfTile()}, f32);
}

void ManyRows::noteRange(Value lane, const AttentionBuilder::Range &range) {
  auto store = [&](Value number, Value list) {
    memref::StoreOp::create(b, arith::IndexCastOp::create(b, b.getI32Type(), number), list, lane);
  };
  store(range.low, lows);
  store(range.high, highs);
}

/// Also finds where the columns begin and end that some rows, and all, see.
void ManyRows::packRows() {
  Value none = b.index(0);
  Values seen{b.columns, none, none, b.columns};
  seen = b.loop(b.index(b.shape.vectors), seen, [&](Value vector, ValueRange before) {
    Values next(before);
    SmallVector<RowLanes::Row> rows = unit.rowsOf(vector);
    for (auto [i, row] : llvm::enumerate(rows)) {
      Value lane = b.add(b.multiply(vector, lanes()), b.index(i));
      if (plan.hasRanges()) {
        AttentionBuilder::Range range = b.rangeOf(unit.batchIndex, row.row);
        noteRange(lane, range);
        next[0] = b.least(next[0], range.low);
        next[1] = b.most(next[1], range.high);
        next[2] = b.most(next[2], range.low);
        next[3] = b.least(next[3], range.high);
      }
      if (b.sinks)
        memref::StoreOp::create(b, b.loadAt(b.sinks, row.head), table,
                                ValueRange{b.index(0), lane});
    }
    unit.packVector(vector, rows, queries);
    return next;
  });
  bool hasRanges = plan.hasRanges();
  firstColumn = hasRanges ? seen[0] : none;
  behindColumn = hasRanges ? seen[1] : b.columns;
  firstOfAll = seen[2], behindOfAll = seen[3];
}

Values ManyRows::loadVectors(Value buffer, ValueRange at) {
  Values result;
  for (int64_t v = 0; v < b.shape.vectors; ++v) {
    Values place(at);
    place.push_back(b.index(v * lanes()));
    auto element = cast<MemRefType>(buffer.getType()).getElementType();
    result.push_back(vector::LoadOp::create(b, b.vectorOf(element), buffer, place));
  }
  return result;
}

void ManyRows::storeVectors(ValueRange vectors, Value buffer, ValueRange at) {
  for (auto [v, vector] : llvm::enumerate(vectors)) {
    Values place(at);
    place.push_back(b.index(v * lanes()));
    vector::StoreOp::create(b, vector, buffer, place);
  }
}

/// -inf where a row does not see a column.
Values ManyRows::maskTile(ValueRange tile, ArrayRef<Value> columns) {
  auto choice = scf::IfOp::create(b, TypeRange(tile), isFull, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b, tile);
  b.setInsertionPointToStart(choice.elseBlock());
  Values low = loadVectors(lows, {}), high = loadVectors(highs, {}), result;
  Value none = b.splat(-std::numeric_limits<double>::infinity());
  for (int64_t r = 0; r < b.shape.rows; ++r) {
    Value column = b.broadcast(arith::IndexCastOp::create(b, b.getI32Type(), columns[r]));
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      Value follows = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, low[v], column);
      Value precedes = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, column, high[v]);
      Value sees = arith::AndIOp::create(b, follows, precedes);
      result.push_back(arith::SelectOp::create(b, sees, tile[r * b.shape.vectors + v], none));
    }
  }
  scf::YieldOp::create(b, result);
  return Values(choice.getResults());
}

Values ManyRows::finishTile(ValueRange tile, ArrayRef<Value> columns) {
  Values result;
  for (Value score : tile)
    result.push_back(b.capped(score));
  if (b.bias)
    for (int64_t r = 0; r < b.shape.rows; ++r)
      for (auto [v, bias] : llvm::enumerate(loadVectors(biases, b.subtract(columns[r], start)))) {
        Value &score = result[r * b.shape.vectors + v];
        score = b.biased(score, bias);
      }
  return plan.hasRanges() ? maskTile(result, columns) : result;
}

/// Stores the scores of the block; returns the highest, beginning with those before. Columns behind
/// the last are its equals.
Values ManyRows::scoreBlock(ValueRange highest) {
  int64_t keys = b.shape.rows;
  Value last = b.subtract(b.add(start, count), b.index(1));
  Value tiles = b.divide(b.add(count, b.index(keys - 1)), b.index(keys));
  return b.loop(tiles, highest, [&](Value tile, ValueRange before) {
    Value first = b.multiply(tile, keys);
    SmallVector<Value> columns;
    for (int64_t r = 0; r < keys; ++r)
      columns.push_back(b.least(b.add(b.add(start, first), b.index(r)), last));
    Values sums = b.loop(b.index(depth), b.zeros(), [&](Value d, ValueRange sums) {
      Values right = loadVectors(queries, d);
      auto left = [&](int64_t r) {
        return b.loadAt(b.key, {unit.batchIndex, unit.group, columns[r], d});
      };
      return b.addProducts(sums, left, [&](int64_t v) { return right[v]; });
    });
    sums = finishTile(sums, columns);
    Values best(before);
    for (int64_t r = 0; r < keys; ++r) {
      ValueRange row = ValueRange(sums).slice(r * b.shape.vectors, b.shape.vectors);
      storeVectors(row, scores, b.add(first, b.index(r)));
      for (auto [v, score] : llvm::enumerate(row))
        best[v] = b.maximum(score, best[v]);
    }
    return best;
  });
}

/// Scores become powers; returns their sums, beginning with those before.
Values ManyRows::normalizeBlock(ValueRange shifts, ValueRange sums) {
  return b.loop(count, sums, [&](Value j, ValueRange before) {
    Values powers, next;
    for (auto [v, score] : llvm::enumerate(loadVectors(scores, j))) {
      powers.push_back(b.power(score, shifts[v]));
      next.push_back(arith::AddFOp::create(b, before[v], powers.back()));
    }
    storeVectors(powers, scores, j);
    return next;
  });
}

/// The output times the factors, and the values times the powers.
void ManyRows::addValues(ValueRange factors) {
  int64_t tiles = llvm::divideCeil(width, rowsOfOutput);
  b.loop(b.index(tiles), [&](Value tile) {
    SmallVector<Value> places, columns;
    Values sums;
    for (int64_t r = 0; r < rowsOfOutput; ++r) {
      places.push_back(b.add(b.multiply(tile, rowsOfOutput), b.index(r)));
      columns.push_back(width % rowsOfOutput == 0 ? places.back()
                                                  : b.least(places.back(), b.index(width - 1)));
      for (auto [v, before] : llvm::enumerate(loadVectors(output, places.back())))
        sums.push_back(arith::MulFOp::create(b, before, factors[v]));
    }
    sums = b.loop(count, sums, [&](Value j, ValueRange before) {
      Values right = loadVectors(scores, j);
      Value row = b.add(start, j);
      auto left = [&](int64_t r) {
        return b.loadAt(b.value, {unit.batchIndex, unit.group, row, columns[r]});
      };
      return b.addProducts(rowsOfOutput, before, left, [&](int64_t v) { return right[v]; });
    });
    for (int64_t r = 0; r < rowsOfOutput; ++r)
      storeVectors(ValueRange(sums).slice(r * b.shape.vectors, b.shape.vectors), output, places[r]);
  });
}

/// The state: the highest scores, then the sums of powers.
Values ManyRows::attendBlock(Value block, ValueRange state) {
  size_t vectors = b.shape.vectors;
  start = b.multiply(block, columnsOfBlock());
  count = b.least(b.index(columnsOfBlock()), b.subtract(behindColumn, start));
  if (plan.hasRanges()) {
    Value follows = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, firstOfAll, start);
    Value precedes =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sle, b.add(start, count), behindOfAll);
    isFull = arith::AndIOp::create(b, follows, precedes);
  }
  if (b.bias)
    unit.packBias(start, count, biases);
  ValueRange before = state.take_front(vectors);
  Values highest = scoreBlock(before), shifts, factors, sums;
  for (size_t v = 0; v < vectors; ++v) {
    shifts.push_back(b.shiftFor(highest[v]));
    factors.push_back(b.power(before[v], shifts[v]));
    sums.push_back(arith::MulFOp::create(b, state[vectors + v], factors[v]));
  }
  sums = normalizeBlock(shifts, sums);
  addValues(factors);
  llvm::append_range(highest, sums);
  return highest;
}

/// All of a unit.
void ManyRows::attendUnit() {
  packRows();
  size_t vectors = b.shape.vectors;
  Value none = b.splat(-std::numeric_limits<double>::infinity()), zero = b.splat(0.0);
  Values state(vectors, none), sums(vectors, zero);
  if (b.sinks) {
    state = loadVectors(table, b.index(0));
    for (size_t v = 0; v < vectors; ++v)
      sums[v] = b.power(state[v], b.shiftFor(state[v]));
  }
  llvm::append_range(state, sums);
  int64_t outputs = cast<MemRefType>(output.getType()).getDimSize(0);
  b.loop(b.index(outputs), [&](Value e) { storeVectors(Values(vectors, zero), output, e); });
  Value first = b.divide(firstColumn, b.index(columnsOfBlock()));
  Value behind =
      b.divide(b.add(behindColumn, b.index(columnsOfBlock() - 1)), b.index(columnsOfBlock()));
  Value blocks = b.most(b.subtract(behind, first), b.index(0));
  state = b.loop(blocks, state, [&](Value block, ValueRange before) {
    return attendBlock(b.add(first, block), before);
  });
  Values factors;
  for (size_t v = 0; v < vectors; ++v)
    factors.push_back(b.inverse(state[vectors + v]));
  storeVectors(factors, table, b.index(0));
  unit.writeRows(output, table);
}

func::FuncOp ManyRows::build() {
  func::FuncOp kernel = b.startKernel("attend", {}, "t");
  Value tiles = b.divide(b.add(b.rowsOfGroup, b.index(lanesOfTile() - 1)), b.index(lanesOfTile()));
  Value units = b.multiply(b.multiply(b.batch, b.groups), tiles);
  b.loop(units, [&](Value number) {
    startUnit(number, tiles);
    attendUnit();
    for (Value buffer : {queries, scores, output, table, lows, highs, biases})
      if (buffer)
        memref::DeallocOp::create(b, buffer);
  });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeManyRowsKernel(const AttentionPlan &plan) {
  return ManyRows(plan).build();
}
