// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops of a matrix product over tiles that stay in registers.
//   for batches of b, columns j: pack a panel of b ; for other batches, rows i: c[i, j] += a[i, k]
//   panel[k, j]
#include "lib/Codegen/MatrixProduct.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace retort;

/// Vectors of a row of a tile.
static constexpr int64_t tileVectors = 2;

namespace {
/// Builds the tiled loops of one product.
class Tiler {
public:
  Tiler(MatrixKernel product, VectorTarget target)
      : p(product), lanes(target.lanes), tileRows(rowsOfTile(target)),
        b(product.op.getLoc(), product.op), vector(VectorType::get(lanes, b.getF32Type())) {}
  std::string build();

private:
  int64_t rowsOfTile(VectorTarget target) const;
  int64_t width() const { return lanes * tileVectors; }
  Value index(int64_t i) { return arith::ConstantIndexOp::create(b, i); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  /// Fused where the target does that; where it does not, vector.fma would call a library for each
  /// element.
  Value multiplyAdd(Value x, Value y, Value sum) {
    auto fuse = arith::FastMathFlags::contract;
    return arith::AddFOp::create(b, arith::MulFOp::create(b, x, y, fuse), sum, fuse);
  }
  Value sizeOf(int64_t loop);
  SmallVector<Value> place(unsigned operand, Value last);
  SmallVector<Value> placeInB(Value k, Value column);
  Value clampTo(Value i, Value size);
  Value blocksOf(Value size, int64_t step);
  Value maskFor(Value count);
  void loopOver(Value blocks, int64_t step, llvm::function_ref<void(Value)> body);
  void nest(ArrayRef<int64_t> loops, llvm::function_ref<void()> body);
  Value loadVector(Value buffer, ValueRange at, Value mask);
  SmallVector<Value> transpose(SmallVector<Value> rows);
  void packColumns();
  void packTransposed();
  void multiplyTile(Value row);
  void multiplyColumns(bool isMasked);

  MatrixKernel p;
  int64_t lanes, tileRows;
  ImplicitLocOpBuilder b;
  VectorType vector;
  SmallVector<Value> at, sizes; // of the loops of the batch and i
  Value columns, depth;
  // The present panel: its first columns, where they are masked, and what is packed.
  SmallVector<Value> columnOf, masks;
  Value panel;
  SmallVector<int64_t> inner; // loops that b does not run along
};
} // namespace

bool MatrixKernel::runsAlong(unsigned operand, int64_t loop) const {
  auto map = const_cast<linalg::GenericOp &>(op).getIndexingMapsArray()[operand];
  return map.isFunctionOfDim(unsigned(loop));
}

std::optional<int64_t> MatrixKernel::knownSize(int64_t loop) const {
  auto &generic = const_cast<linalg::GenericOp &>(op);
  auto axis = generic.getIndexingMapsArray()[2].getResultPosition(
      getAffineDimExpr(loop, generic.getContext()));
  auto type = cast<MemRefType>(c.getType());
  return axis && !type.isDynamicDim(*axis) ? std::optional(type.getDimSize(*axis)) : std::nullopt;
}

/// As many as leave registers for a row of b; no more than there are, and evenly shared.
int64_t Tiler::rowsOfTile(VectorTarget target) const {
  int64_t most = target.tileRows();
  auto known = p.knownSize(p.rowLoop());
  return known ? llvm::divideCeil(*known, llvm::divideCeil(*known, most)) : most;
}

Value Tiler::sizeOf(int64_t loop) {
  AffineMap map = p.op.getIndexingMapsArray()[2];
  return memref::DimOp::create(b, p.c, *map.getResultPosition(b.getAffineDimExpr(loop)));
}

/// The present batch and row in a or c, and a place along its last axis.
SmallVector<Value> Tiler::place(unsigned operand, Value last) {
  SmallVector<Value> result;
  for (AffineExpr axis : p.op.getIndexingMapsArray()[operand].getResults().drop_back())
    result.push_back(at[cast<AffineDimExpr>(axis).getPosition()]);
  result.push_back(last);
  return result;
}

SmallVector<Value> Tiler::placeInB(Value k, Value column) {
  SmallVector<Value> result;
  for (AffineExpr axis : p.op.getIndexingMapsArray()[1].getResults().drop_back(2))
    result.push_back(at[cast<AffineDimExpr>(axis).getPosition()]);
  result.append(p.byColumn ? std::initializer_list<Value>{k, column}
                           : std::initializer_list<Value>{column, k});
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

void Tiler::nest(ArrayRef<int64_t> loops, llvm::function_ref<void()> body) {
  if (loops.empty())
    return body();
  loopOver(sizes[loops.front()], 1, [&](Value i) {
    at[loops.front()] = i;
    nest(loops.drop_front(), body);
  });
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

/// As many rows as lanes: each round interleaves the rows of the upper half with those of the
/// lower.
SmallVector<Value> Tiler::transpose(SmallVector<Value> rows) {
  auto interleave = [&](Value x, Value y, int64_t first) -> Value {
    SmallVector<int64_t> lanesOf;
    for (int64_t i = 0; i < lanes / 2; ++i)
      lanesOf.append({first + i, lanes + first + i});
    return vector::ShuffleOp::create(b, x, y, lanesOf);
  };
  for (int64_t round = 1; round < lanes; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < lanes / 2; ++i)
      for (int64_t first : {int64_t(0), lanes / 2})
        next.push_back(interleave(rows[i], rows[i + lanes / 2], first));
    rows = next;
  }
  return rows;
}

/// One row of the panel's columns behind the other: their distance in b may be a multiple of the
/// cache's size.
void Tiler::packColumns() {
  loopOver(depth, 1, [&](Value k) {
    for (int64_t v = 0; v < tileVectors; ++v)
      vector::StoreOp::create(b, loadVector(p.b, placeInB(k, columnOf[v]), masks[v]), panel,
                              ValueRange{k, index(v * lanes)});
  });
}

/// Where b runs along the sum, square blocks of it are turned; columns beyond the last are its
/// equals.
void Tiler::packTransposed() {
  auto known = cast<MemRefType>(p.b.getType()).getShape().back();
  bool isWhole = !ShapedType::isDynamic(known) && known % lanes == 0;
  loopOver(blocksOf(depth, lanes), lanes, [&](Value k) {
    Value mask = isWhole ? Value() : maskFor(arith::SubIOp::create(b, depth, k));
    for (int64_t v = 0; v < tileVectors; ++v) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < lanes; ++i) {
        Value column = add(columnOf[v], index(i));
        rows.push_back(
            loadVector(p.b, placeInB(k, masks[v] ? clampTo(column, columns) : column), mask));
      }
      for (auto [i, row] : llvm::enumerate(transpose(rows)))
        vector::StoreOp::create(b, row, panel, ValueRange{add(k, index(i)), index(v * lanes)});
    }
  });
}

/// The products of some rows and the columns of the panel; rows beyond the last are its equals.
void Tiler::multiplyTile(Value row) {
  SmallVector<Value> rowOf, start;
  for (int64_t r = 0; r < tileRows; ++r) {
    rowOf.push_back(clampTo(add(row, index(r)), sizes[p.rowLoop()]));
    at[p.rowLoop()] = rowOf[r];
    for (int64_t v = 0; v < tileVectors; ++v)
      start.push_back(loadVector(p.c, place(2, columnOf[v]), masks[v]));
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
      at[p.rowLoop()] = rowOf[r];
      Value left = memref::LoadOp::create(b, p.a, place(0, k));
      left = vector::BroadcastOp::create(b, vector, left);
      for (int64_t v = 0; v < tileVectors; ++v)
        sums.push_back(multiplyAdd(left, right[v], loop.getRegionIterArgs()[r * tileVectors + v]));
    }
    scf::YieldOp::create(b, sums);
  }
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t v = 0; v < tileVectors; ++v) {
      Value sum = loop.getResult(r * tileVectors + v);
      at[p.rowLoop()] = rowOf[r];
      if (masks[v])
        vector::MaskedStoreOp::create(b, p.c, place(2, columnOf[v]), masks[v], sum);
      else
        vector::StoreOp::create(b, sum, p.c, place(2, columnOf[v]));
    }
}

/// All rows of the panel's columns; what is beyond the last column is masked.
void Tiler::multiplyColumns(bool isMasked) {
  for (int64_t v = 0; v < tileVectors; ++v)
    masks[v] = isMasked ? maskFor(arith::SubIOp::create(b, columns, columnOf[v])) : Value();
  p.byColumn ? packColumns() : packTransposed();
  nest(inner, [&] {
    loopOver(blocksOf(sizes[p.rowLoop()], tileRows), tileRows,
             [&](Value row) { multiplyTile(row); });
  });
}

std::string Tiler::build() {
  columns = sizeOf(p.columnLoop());
  depth = memref::DimOp::create(b, p.a, cast<MemRefType>(p.a.getType()).getRank() - 1);
  at.resize(p.batch + 1);
  columnOf.resize(tileVectors);
  masks.resize(tileVectors);
  SmallVector<int64_t> outer;
  for (int64_t loop = 0; loop <= p.rowLoop(); ++loop)
    sizes.push_back(sizeOf(loop)); // all bounds stand before the loops
  for (int64_t loop = 0; loop < p.batch; ++loop)
    (p.runsAlong(1, loop) ? outer : inner).push_back(loop);
  Value panels = blocksOf(columns, width()), rowsOfPanel = depth;
  if (!p.byColumn)
    rowsOfPanel = arith::MulIOp::create(b, blocksOf(depth, lanes), index(lanes));
  auto known = p.knownSize(p.columnLoop());
  bool isWhole = known && *known % width() == 0;
  nest(outer, [&] {
    loopOver(panels, width(), [&](Value j) {
      for (int64_t v = 0; v < tileVectors; ++v)
        columnOf[v] = add(j, index(v * lanes));
      auto type = MemRefType::get({ShapedType::kDynamic, width()}, b.getF32Type());
      panel = memref::AllocOp::create(b, type, rowsOfPanel, b.getI64IntegerAttr(64));
      if (isWhole) {
        multiplyColumns(/*isMasked=*/false);
      } else {
        Value isFull =
            arith::CmpIOp::create(b, arith::CmpIPredicate::ule, add(j, index(width())), columns);
        auto choice = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(choice.thenBlock());
        multiplyColumns(/*isMasked=*/false);
        b.setInsertionPointToStart(choice.elseBlock());
        multiplyColumns(/*isMasked=*/true);
      }
      memref::DeallocOp::create(b, panel);
    });
  });
  p.op.erase();
  return std::string(outer.size(), 'p') + "t";
}

std::string retort::tileMatrixKernel(MatrixKernel product, VectorTarget target) {
  return Tiler(product, target).build();
}
