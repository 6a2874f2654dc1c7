// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of few rows: keys and values stream by once for all query heads that share them.
//
// For each chunk of columns, whose sums stay apart:
//   1. For vectors of columns and each row: s[j] = sum over d of q[d] k[j][d], d along the lanes; a
//      tree of additions makes a vector of as many columns of what each column's lanes hold.
//   2. m = max s, p = exp(s - m), l = sum of p, columns along the lanes.
//   3. o[e] = sum over j of p[j] v[j][e], e along the lanes, for a few rows at once.
// No row's sums depend on how many others there are.
#include "lib/Codegen/AttentionKernels.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

namespace {
class FewRows {
public:
  explicit FewRows(const AttentionPlan &plan)
      : plan(plan), b(plan), depth(b.op.depth()), width(b.op.width()) {}
  func::FuncOp build();

private:
  int64_t lanes() const { return b.shape.lanes; }
  void startUnit(Value unit, Value firstChunk, Value chunks);
  void packRows();
  void findColumns();
  Value sumLanes(int64_t first, int64_t step, llvm::function_ref<Value(int64_t)> vector);
  Value fold(Value vector, llvm::function_ref<Value(Value, Value)> combine);
  Value scoresOf(Value number, Value column, ArrayRef<Value> columns);
  void scoreColumns();
  void normalizeRow(Value number);
  void addValues();
  void addTile(Value firstRow, Value firstOutput, int64_t rows, int64_t vectors);

  const AttentionPlan &plan;
  AttentionBuilder b;
  int64_t depth, width;
  Value sums, statistics; // of all units
  // Of the present unit: its first row in those, and where its columns begin. It takes vectors of
  // columns from `firstVector` on, and ends before `behind`.
  Value queries, scores, ranges, batchIndex, group, firstOfUnit, chunkStart, firstVector, vectors,
      behind;
};
} // namespace

void FewRows::startUnit(Value unit, Value firstChunk, Value chunks) {
  Value pair = b.divide(unit, chunks);
  Value chunk = b.add(firstChunk, b.remainder(unit, chunks));
  group = b.remainder(pair, b.groups);
  batchIndex = b.divide(pair, b.groups);
  firstOfUnit = b.multiply(unit, b.rowsOfGroup);
  chunkStart = b.multiply(chunk, columnsOfChunk);
  Type f32 = b.getF32Type();
  queries = b.allocate({ShapedType::kDynamic, int64_t(llvm::alignTo(depth, lanes()))}, f32,
                       b.rowsOfGroup);
  scores = b.allocate({ShapedType::kDynamic, columnsOfChunk}, f32, b.rowsOfGroup);
  ranges = b.allocate({ShapedType::kDynamic, 2}, b.getIndexType(), b.rowsOfGroup);
}

/// The rows times the scale, zeros behind them; and which columns each sees.
void FewRows::packRows() {
  b.loop(b.rowsOfGroup, [&](Value number) {
    AttentionBuilder::Row row = b.rowOf(group, number);
    auto range = b.rangeOf(batchIndex, row.row);
    memref::StoreOp::create(b, range.low, ranges, ValueRange{number, b.index(0)});
    memref::StoreOp::create(b, range.high, ranges, ValueRange{number, b.index(1)});
    auto pack = [&](Value d, Value mask) {
      Value numbers = b.loadVector(b.query, {batchIndex, row.head, row.row, d}, mask);
      Value scale = b.splat(b.op.getScale().convertToDouble());
      vector::StoreOp::create(b, arith::MulFOp::create(b, numbers, scale), queries,
                              ValueRange{number, d});
    };
    if (int64_t blocks = depth / lanes())
      b.loop(b.index(blocks), [&](Value i) { pack(b.multiply(i, lanes()), {}); });
    if (int64_t rest = depth % lanes())
      pack(b.index(depth - rest), b.maskOf(b.index(rest)));
  });
}

/// Those of the chunk that some row sees.
void FewRows::findColumns() {
  AttentionBuilder::Range seen = b.rangeOfAll(batchIndex);
  Value skipped = b.most(b.subtract(seen.low, chunkStart), b.index(0));
  firstVector = b.divide(skipped, b.index(lanes()));
  behind = b.least(b.add(chunkStart, b.index(columnsOfChunk)), seen.high);
  Value count = b.most(b.subtract(behind, chunkStart), b.index(0));
  Value all = b.divide(b.add(count, b.index(lanes() - 1)), b.index(lanes()));
  vectors = b.most(b.subtract(all, firstVector), b.index(0));
}

/// A vector whose lane i is the sum of the lanes of vector i. Each step adds the halves of the
/// parts that two vectors hold, and puts the parts of one between those of the other.
Value FewRows::sumLanes(int64_t first, int64_t step, llvm::function_ref<Value(int64_t)> vector) {
  if (step == lanes())
    return vector(first);
  Value x = sumLanes(first, 2 * step, vector), y = sumLanes(first + step, 2 * step, vector);
  SmallVector<int64_t> halves[2];
  for (int64_t part = 0; part < lanes(); part += 2 * step)
    for (int64_t from : {part, lanes() + part})
      for (int64_t i = 0; i < step; ++i) {
        halves[0].push_back(from + i);
        halves[1].push_back(from + step + i);
      }
  return arith::AddFOp::create(b, vector::ShuffleOp::create(b, x, y, halves[0]),
                               vector::ShuffleOp::create(b, x, y, halves[1]));
}

/// All lanes of the result hold what the lanes combine to.
Value FewRows::fold(Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t distance = lanes() / 2; distance > 0; distance /= 2) {
    SmallVector<int64_t> turned;
    for (int64_t i = 0; i < lanes(); ++i)
      turned.push_back((i + distance) % lanes());
    vector = combine(vector, vector::ShuffleOp::create(b, vector, vector, turned));
  }
  return vector;
}

/// Of one row and the columns of a vector from `column` on; -inf where it does not see them.
Value FewRows::scoresOf(Value number, Value column, ArrayRef<Value> columns) {
  Values query;
  for (int64_t d = 0; d < depth; d += lanes())
    query.push_back(b.loadVector(queries, {number, b.index(d)}, {}));
  Value score = sumLanes(0, 1, [&](int64_t i) {
    Value sum;
    for (auto [v, numbers] : llvm::enumerate(query)) {
      int64_t d = v * lanes();
      Value mask = d + lanes() > depth ? b.maskOf(b.index(depth - d)) : Value();
      Value key = b.loadVector(b.key, {batchIndex, group, columns[i], b.index(d)}, mask);
      sum = sum ? b.multiplyAdd(numbers, key, sum)
                : arith::MulFOp::create(b, numbers, key).getResult();
    }
    return sum;
  });
  score = b.capped(score);
  if (b.bias) {
    AttentionBuilder::Row row = b.rowOf(group, number);
    Value mask = b.maskOf(b.subtract(b.columns, column));
    score = b.biased(
        score, b.loadVector(b.bias, b.biasPlace(batchIndex, row.head, row.row, column), mask));
  }
  auto columnsBefore = [&](int64_t which) {
    return b.subtract(b.loadAt(ranges, {number, b.index(which)}), column);
  };
  Value precedes = b.maskOf(columnsBefore(0)), follows = b.maskOf(columnsBefore(1));
  Value none = b.splat(-std::numeric_limits<double>::infinity());
  score = arith::SelectOp::create(b, follows, score, none);
  return arith::SelectOp::create(b, precedes, none, score);
}

/// The keys of a vector of columns stay in the first cache while all rows meet them. Behind the
/// last column come its equals, which no row sees.
void FewRows::scoreColumns() {
  b.loop(vectors, [&](Value i) {
    Value place = b.multiply(b.add(firstVector, i), lanes());
    Value column = b.add(chunkStart, place);
    Value last = b.subtract(b.columns, b.index(1));
    SmallVector<Value> columns;
    for (int64_t lane = 0; lane < lanes(); ++lane)
      columns.push_back(b.least(b.add(column, b.index(lane)), last));
    b.loop(b.rowsOfGroup, [&](Value number) {
      vector::StoreOp::create(b, scoresOf(number, column, columns), scores,
                              ValueRange{number, place});
    });
  });
}

void FewRows::normalizeRow(Value number) {
  auto placeOf = [&](Value i) { return b.multiply(b.add(firstVector, i), lanes()); };
  Value none = b.splat(-std::numeric_limits<double>::infinity());
  Values highest = b.loop(vectors, none, [&](Value i, ValueRange before) {
    Value score = b.loadVector(scores, {number, placeOf(i)}, {});
    return Values{b.maximum(score, before[0])};
  });
  Value best = fold(highest[0], [&](Value x, Value y) { return b.maximum(x, y); });
  Value shift = b.shiftFor(best);
  Values total = b.loop(vectors, b.splat(0.0), [&](Value i, ValueRange before) {
    Value power = b.power(b.loadVector(scores, {number, placeOf(i)}, {}), shift);
    vector::StoreOp::create(b, power, scores, ValueRange{number, placeOf(i)});
    return Values{arith::AddFOp::create(b, before[0], power)};
  });
  Value sum =
      fold(total[0], [&](Value x, Value y) -> Value { return arith::AddFOp::create(b, x, y); });
  Value place = b.add(firstOfUnit, number);
  auto store = [&](Value vector, int64_t which) {
    memref::StoreOp::create(b, vector::ExtractOp::create(b, vector, 0), statistics,
                            ValueRange{place, b.index(which)});
  };
  store(best, 0);
  store(sum, 1);
}

/// Rows behind the last are its equals.
void FewRows::addTile(Value firstRow, Value firstOutput, int64_t rows, int64_t vectors) {
  SmallVector<Value> numbers, places, masks;
  Value last = b.subtract(b.rowsOfGroup, b.index(1));
  for (int64_t r = 0; r < rows; ++r)
    numbers.push_back(b.least(b.add(firstRow, b.index(r)), last));
  for (int64_t v = 0; v < vectors; ++v) {
    places.push_back(b.add(firstOutput, b.index(v * lanes())));
    masks.push_back(width % lanes() ? b.maskOf(b.subtract(b.index(width), places[v])) : Value());
  }
  Value first = b.multiply(firstVector, lanes());
  Value count = b.most(b.subtract(b.subtract(behind, chunkStart), first), b.index(0));
  Values start(rows * vectors, b.splat(0.0));
  Values total = b.loop(count, start, [&](Value i, ValueRange before) {
    Value j = b.add(first, i), column = b.add(chunkStart, j);
    Values powers, next(before);
    for (Value number : numbers)
      powers.push_back(b.broadcast(b.loadAt(scores, {number, j})));
    for (int64_t v = 0; v < vectors; ++v) {
      Value value = b.loadVector(b.value, {batchIndex, group, column, places[v]}, masks[v]);
      for (int64_t r = 0; r < rows; ++r)
        next[r * vectors + v] = b.multiplyAdd(powers[r], value, before[r * vectors + v]);
    }
    return next;
  });
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < vectors; ++v)
      vector::StoreOp::create(b, total[r * vectors + v], sums,
                              ValueRange{b.add(firstOfUnit, numbers[r]), places[v]});
}

/// As many rows at once as there are query heads for each of keys, if registers hold their sums.
void FewRows::addValues() {
  int64_t vectorsOfRow = llvm::divideCeil(width, lanes()), most = plan.registers >= 32 ? 20 : 10;
  auto known = getConstantIntValue(b.rowsOfGroup);
  auto heads = getConstantIntValue(b.repeats);
  int64_t rows = known ? *known : heads ? *heads : 4;
  rows = llvm::divideCeil(rows, llvm::divideCeil(std::max<int64_t>(rows, 1), 5));
  int64_t tiles =
      llvm::divideCeil(vectorsOfRow, std::max<int64_t>(most / std::max<int64_t>(rows, 1), 1));
  while (vectorsOfRow % tiles)
    ++tiles;
  int64_t vectorsOfTile = vectorsOfRow / tiles;
  rows = std::max<int64_t>(rows, 1);
  Value rowTiles = b.divide(b.add(b.rowsOfGroup, b.index(rows - 1)), b.index(rows));
  b.loop(rowTiles, [&](Value tile) {
    b.loop(b.index(tiles), [&](Value part) {
      addTile(b.multiply(tile, rows), b.multiply(part, vectorsOfTile * lanes()), rows,
              vectorsOfTile);
    });
  });
}

func::FuncOp FewRows::build() {
  auto buffer = [&](int64_t width) {
    return MemRefType::get({ShapedType::kDynamic, width}, b.getF32Type());
  };
  Type index = b.getIndexType();
  func::FuncOp kernel = b.startKernel(
      "attend_few", TypeRange{buffer(widthOfSums(plan)), buffer(2), index, index}, "t");
  auto more = kernel.getArguments().drop_back().take_back(4);
  sums = more[0], statistics = more[1];
  Value units = b.multiply(b.multiply(b.batch, b.groups), more[3]);
  b.loop(units, [&](Value unit) {
    startUnit(unit, more[2], more[3]);
    packRows();
    findColumns();
    scoreColumns();
    b.loop(b.rowsOfGroup, [&](Value number) { normalizeRow(number); });
    addValues();
    for (Value buffer : {queries, scores, ranges})
      memref::DeallocOp::create(b, buffer);
  });
  func::ReturnOp::create(b);
  return kernel;
}

int64_t retort::widthOfSums(const AttentionPlan &plan) {
  return llvm::alignTo(fused::AttentionOp(plan.op).width(), plan.shape.lanes);
}

func::FuncOp retort::makeFewRowsKernel(const AttentionPlan &plan) { return FewRows(plan).build(); }
