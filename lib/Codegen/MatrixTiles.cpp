// The loops of a matrix product over tiles that stay in registers.
#include "lib/Codegen/MatrixProduct.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t lanes = 16, tileRows = 4, tileVectors = 2, dotColumns = 4;

namespace {
/// Builds the tiled loops of one product.
class Tiler {
public:
  Tiler(MatrixKernel product)
      : p(product), b(product.op.getLoc(), product.op),
        vector(VectorType::get(lanes, b.getF32Type())) {}
  void build();

private:
  Value index(int64_t i) { return arith::ConstantIndexOp::create(b, i); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  /// Fused where the target does that; where it does not, vector.fma would call a library for each
  /// element.
  Value multiplyAdd(Value x, Value y, Value sum) {
    auto fuse = arith::FastMathFlags::contract;
    return arith::AddFOp::create(b, arith::MulFOp::create(b, x, y, fuse), sum, fuse);
  }
  Value size(Value buffer, int64_t axis) { return memref::DimOp::create(b, buffer, axis); }
  /// Positions of an operand: its batch, then two axes.
  SmallVector<Value> place(unsigned operand, Value row, Value column);
  Value clampTo(Value i, Value size);
  Value blocksOf(Value size, int64_t step);
  Value maskFor(Value count);
  void loopOver(Value blocks, int64_t step, llvm::function_ref<void(Value)> body);
  Value loadVector(Value buffer, ValueRange at, Value mask);
  void packColumns(Value panel, ArrayRef<Value> columnOf, ArrayRef<Value> masks);
  void tileByColumn(Value panel, Value i, ArrayRef<Value> columnOf, ArrayRef<Value> masks);
  void multiplyColumns(Value panel, Value j, bool masked);
  void tileBySum(Value i, Value j);
  SmallVector<Value> sumProducts(Value start, Value end, ValueRange sums, ArrayRef<Value> rows,
                                 ArrayRef<Value> columns, Value mask);

  MatrixKernel p;
  ImplicitLocOpBuilder b;
  VectorType vector;
  SmallVector<Value> batchIndices;
  Value rows, columns, depth;
};
} // namespace

SmallVector<Value> Tiler::place(unsigned operand, Value row, Value column) {
  AffineMap map = p.op.getIndexingMapsArray()[operand];
  SmallVector<Value> result;
  for (unsigned i = 0; i + 2 < map.getNumResults(); ++i)
    result.push_back(batchIndices[map.getDimPosition(i)]);
  result.append({row, column});
  return result;
}

Value Tiler::clampTo(Value i, Value size) {
  return arith::MinUIOp::create(b, i, arith::SubIOp::create(b, size, index(1)));
}

/// Blocks are counted, not their elements, so that threads can share a loop whatever its step.
Value Tiler::blocksOf(Value size, int64_t step) {
  return arith::DivUIOp::create(b, add(size, index(step - 1)), index(step));
}

void Tiler::loopOver(Value blocks, int64_t step, llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, index(0), blocks, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(step == 1 ? loop.getInductionVar()
                 : arith::MulIOp::create(b, loop.getInductionVar(), index(step)).getResult());
}

/// True in the first `count` lanes; in none where it is below zero.
Value Tiler::maskFor(Value count) {
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  auto type = VectorType::get(lanes, b.getI32Type());
  Value steps =
      arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
  Value limit =
      vector::BroadcastOp::create(b, type, arith::IndexCastOp::create(b, b.getI32Type(), count));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, steps, limit);
}

Value Tiler::loadVector(Value buffer, ValueRange at, Value mask) {
  if (!mask)
    return vector::LoadOp::create(b, vector, buffer, at);
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(vector, 0.0f));
  return vector::MaskedLoadOp::create(b, vector, buffer, at, mask, zero);
}

/// Columns j ... j + 31 of b, one row behind the other: their distance in b may be a multiple of
/// the cache's size.
void Tiler::packColumns(Value panel, ArrayRef<Value> columnOf, ArrayRef<Value> masks) {
  auto loop = scf::ForOp::create(b, index(0), depth, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  for (int64_t v = 0; v < tileVectors; ++v)
    vector::StoreOp::create(b, loadVector(p.b, place(1, k, columnOf[v]), masks[v]), panel,
                            ValueRange{k, index(v * lanes)});
}

/// c[i ... i + 3, j ... j + 31] += a[i ..., k] panel[k, ...].
void Tiler::tileByColumn(Value panel, Value i, ArrayRef<Value> columnOf, ArrayRef<Value> masks) {
  SmallVector<Value> rowOf, start;
  for (int64_t r = 0; r < tileRows; ++r) {
    rowOf.push_back(clampTo(add(i, index(r)), rows));
    for (int64_t v = 0; v < tileVectors; ++v)
      start.push_back(loadVector(p.c, place(2, rowOf[r], columnOf[v]), masks[v]));
  }
  auto loop = scf::ForOp::create(b, index(0), depth, index(1), start);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    SmallVector<Value> right, sums;
    for (int64_t v = 0; v < tileVectors; ++v)
      right.push_back(loadVector(panel, {k, index(v * lanes)}, {}));
    for (int64_t r = 0; r < tileRows; ++r) {
      Value left = memref::LoadOp::create(b, p.a, place(0, rowOf[r], k));
      left = vector::BroadcastOp::create(b, vector, left);
      for (int64_t v = 0; v < tileVectors; ++v)
        sums.push_back(multiplyAdd(left, right[v], loop.getRegionIterArgs()[r * tileVectors + v]));
    }
    scf::YieldOp::create(b, sums);
  }
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t v = 0; v < tileVectors; ++v) {
      Value sum = loop.getResult(r * tileVectors + v);
      SmallVector<Value> at = place(2, rowOf[r], columnOf[v]);
      if (masks[v])
        vector::MaskedStoreOp::create(b, p.c, at, masks[v], sum);
      else
        vector::StoreOp::create(b, sum, p.c, at);
    }
}

/// All rows of columns j ... j + 31; what is beyond the last column is masked.
void Tiler::multiplyColumns(Value panel, Value j, bool masked) {
  SmallVector<Value> columnOf, masks(tileVectors);
  for (int64_t v = 0; v < tileVectors; ++v) {
    columnOf.push_back(add(j, index(v * lanes)));
    if (masked)
      masks[v] = maskFor(arith::SubIOp::create(b, columns, columnOf[v]));
  }
  packColumns(panel, columnOf, masks);
  loopOver(blocksOf(rows, tileRows), tileRows,
           [&](Value i) { tileByColumn(panel, i, columnOf, masks); });
}

/// The products of rows of a and b from `start` to `end`, added to vectors of partial sums.
SmallVector<Value> Tiler::sumProducts(Value start, Value end, ValueRange sums,
                                      ArrayRef<Value> rowOf, ArrayRef<Value> columnOf, Value mask) {
  auto loop = scf::ForOp::create(b, start, end, index(lanes), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  SmallVector<Value> right, next;
  for (Value column : columnOf)
    right.push_back(loadVector(p.b, place(1, column, k), mask));
  for (Value row : rowOf) {
    Value left = loadVector(p.a, place(0, row, k), mask);
    for (Value each : right)
      next.push_back(multiplyAdd(left, each, loop.getRegionIterArgs()[next.size()]));
  }
  scf::YieldOp::create(b, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// c[i ... i + 3, j ... j + 3] += sums of 16 partial products each; rows and columns beyond the
/// last are computed twice.
void Tiler::tileBySum(Value i, Value j) {
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(vector, 0.0f));
  SmallVector<Value> rowOf, columnOf, sums(tileRows * dotColumns, zero);
  for (int64_t r = 0; r < tileRows; ++r)
    rowOf.push_back(clampTo(add(i, index(r)), rows));
  for (int64_t c = 0; c < dotColumns; ++c)
    columnOf.push_back(clampTo(add(j, index(c)), columns));
  Value rest = arith::RemUIOp::create(b, depth, index(lanes));
  Value whole = arith::SubIOp::create(b, depth, rest);
  sums = sumProducts(index(0), whole, sums, rowOf, columnOf, {});
  Value mask = maskFor(rest);
  sums = sumProducts(whole, depth, sums, rowOf, columnOf, mask);
  // All are read before any is written: clamped places are the same.
  SmallVector<Value> results;
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < dotColumns; ++c) {
      Value before = memref::LoadOp::create(b, p.c, place(2, rowOf[r], columnOf[c]));
      results.push_back(vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                                    sums[r * dotColumns + c], before,
                                                    arith::FastMathFlags::reassoc));
    }
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < dotColumns; ++c)
      memref::StoreOp::create(b, results[r * dotColumns + c], p.c, place(2, rowOf[r], columnOf[c]));
}

void Tiler::build() {
  int64_t axesA = cast<MemRefType>(p.a.getType()).getRank(),
          axesC = cast<MemRefType>(p.c.getType()).getRank();
  rows = size(p.c, axesC - 2);
  columns = size(p.c, axesC - 1);
  depth = size(p.a, axesA - 1);
  // All bounds stand before the loops.
  Value rowBlocks = blocksOf(rows, tileRows);
  Value columnBlocks = blocksOf(columns, p.byColumn ? lanes * tileVectors : dotColumns);
  SmallVector<Value> batchSizes;
  for (int64_t loop = 0; loop < p.batch; ++loop)
    batchSizes.push_back(
        size(p.c, *p.op.getIndexingMapsArray()[2].getResultPosition(b.getAffineDimExpr(loop))));
  auto tiles = [&] {
    if (!p.byColumn)
      return loopOver(rowBlocks, tileRows, [&](Value i) {
        loopOver(columnBlocks, dotColumns, [&](Value j) { tileBySum(i, j); });
      });
    loopOver(columnBlocks, lanes * tileVectors, [&](Value j) {
      auto type = MemRefType::get({ShapedType::kDynamic, lanes * tileVectors}, b.getF32Type());
      Value panel = memref::AllocOp::create(b, type, depth, b.getI64IntegerAttr(64));
      Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule,
                                           add(j, index(lanes * tileVectors)), columns);
      auto choice = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
      memref::DeallocOp::create(b, panel);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(choice.thenBlock());
      multiplyColumns(panel, j, /*masked=*/false);
      b.setInsertionPointToStart(choice.elseBlock());
      multiplyColumns(panel, j, /*masked=*/true);
    });
  };
  std::function<void(int64_t)> nest = [&](int64_t loop) {
    if (loop == p.batch)
      return tiles();
    loopOver(batchSizes[loop], 1, [&](Value index) {
      batchIndices.push_back(index);
      nest(loop + 1);
      batchIndices.pop_back();
    });
  };
  nest(0);
  p.op.erase();
}

void retort::tileMatrixKernel(MatrixKernel product) { Tiler(product).build(); }
