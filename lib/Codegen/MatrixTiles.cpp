// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops of a matrix product over tiles that stay in registers.
//   for batches of b, columns j: pack a panel of b ; for other batches, rows i: c[i, j] += a[i, k]
//   panel[k, j]
#include "lib/Codegen/MatrixProduct.h"

using namespace mlir;
using namespace retort;

namespace {
/// Builds the tiled loops of one product.
class Tiler {
public:
  Tiler(MatrixKernel product, TileShape shape) : p(product), b(product.op, shape) {}
  std::string build();

private:
  int64_t lanes() const { return b.shape.lanes; }
  Value sizeOf(int64_t loop);
  SmallVector<Value> batchOf(unsigned operand);
  void splitDepth();
  void startBlock(Value block);
  void multiplyBlocks(bool isMasked);
  SmallVector<Value> placeInA(Value k);
  SmallVector<Value> placeInB(Value k, Value column);
  SmallVector<Value> placeInC(Value column);
  Value clampTo(Value i, Value size);
  Value blocksOf(Value size, int64_t step);
  void loopOver(Value blocks, int64_t step, llvm::function_ref<void(Value)> body);
  void nest(ArrayRef<int64_t> loops, llvm::function_ref<void()> body);
  void packColumns();
  void packTransposed();
  void multiplyTile(Value row);
  void multiplyColumns(bool isMasked);

  MatrixKernel p;
  VectorBuilder b;
  SmallVector<Value> at, sizes; // of the loops of the batch and i
  Value columns, depth;
  // b is taken in blocks of rows; `depth` are those of the present one, which begins at firstRow.
  Value wholeDepth, firstRow;
  int64_t blocks = 1, sizeOfBlock = 0;
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

Value Tiler::sizeOf(int64_t loop) {
  AffineMap map = p.op.getIndexingMapsArray()[2];
  return memref::DimOp::create(b, p.c, *map.getResultPosition(b.getAffineDimExpr(loop)));
}

/// The batch of the operand that is present.
SmallVector<Value> Tiler::batchOf(unsigned operand) {
  SmallVector<Value> result;
  for (AffineExpr axis : p.op.getIndexingMapsArray()[operand].getResults().drop_back(2))
    result.push_back(at[cast<AffineDimExpr>(axis).getPosition()]);
  return result;
}

SmallVector<Value> Tiler::placeInA(Value k) {
  SmallVector<Value> result = batchOf(0);
  Value row = at[p.rowLoop()];
  k = firstRow ? b.add(firstRow, k) : k;
  result.append(p.isTurned ? std::initializer_list<Value>{k, row}
                           : std::initializer_list<Value>{row, k});
  return result;
}

SmallVector<Value> Tiler::placeInB(Value k, Value column) {
  SmallVector<Value> result = batchOf(1);
  k = firstRow ? b.add(firstRow, k) : k;
  result.append(p.byColumn ? std::initializer_list<Value>{k, column}
                           : std::initializer_list<Value>{column, k});
  return result;
}

SmallVector<Value> Tiler::placeInC(Value column) {
  SmallVector<Value> result = batchOf(2);
  llvm::append_values(result, at[p.rowLoop()], column);
  return result;
}

Value Tiler::clampTo(Value i, Value size) {
  return arith::MinUIOp::create(b, i, arith::SubIOp::create(b, size, b.index(1)));
}

/// Blocks are counted, not their elements, so that threads can share a loop whatever its step.
Value Tiler::blocksOf(Value size, int64_t step) {
  return arith::DivUIOp::create(b, b.add(size, b.index(step - 1)), b.index(step));
}

void Tiler::loopOver(Value blocks, int64_t step, llvm::function_ref<void(Value)> body) {
  b.loop(blocks, [&](Value i) {
    body(step == 1 ? i : arith::MulIOp::create(b, i, b.index(step)).getResult());
  });
}

void Tiler::nest(ArrayRef<int64_t> loops, llvm::function_ref<void()> body) {
  if (loops.empty())
    return body();
  loopOver(sizes[loops.front()], 1, [&](Value i) {
    at[loops.front()] = i;
    nest(loops.drop_front(), body);
  });
}

/// One row of the panel's columns behind the other: their distance in b may be a multiple of the
/// cache's size.
void Tiler::packColumns() {
  loopOver(depth, 1, [&](Value k) {
    for (int64_t v = 0; v < b.shape.vectors; ++v)
      vector::StoreOp::create(b, b.loadVector(p.b, placeInB(k, columnOf[v]), masks[v]), panel,
                              ValueRange{k, b.index(v * lanes())});
  });
}

/// Where b runs along the sum, square blocks of it are turned; columns beyond the last are its
/// equals.
void Tiler::packTransposed() {
  auto known = cast<MemRefType>(p.b.getType()).getShape().back();
  bool isWhole = !ShapedType::isDynamic(known) && known % lanes() == 0;
  loopOver(blocksOf(depth, lanes()), lanes(), [&](Value k) {
    Value mask = isWhole ? Value() : b.maskOf(arith::SubIOp::create(b, depth, k));
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < lanes(); ++i) {
        Value column = b.add(columnOf[v], b.index(i));
        rows.push_back(
            b.loadVector(p.b, placeInB(k, masks[v] ? clampTo(column, columns) : column), mask));
      }
      for (auto [i, row] : llvm::enumerate(b.transpose(rows)))
        vector::StoreOp::create(b, row, panel,
                                ValueRange{b.add(k, b.index(i)), b.index(v * lanes())});
    }
  });
}

/// The products of some rows and the columns of the panel; rows beyond the last are its equals.
void Tiler::multiplyTile(Value row) {
  SmallVector<Value> rowOf(b.shape.rows);
  auto placeOf = [&](int64_t r, int64_t v) -> VectorBuilder::Place {
    if (!rowOf[r])
      rowOf[r] = clampTo(b.add(row, b.index(r)), sizes[p.rowLoop()]);
    at[p.rowLoop()] = rowOf[r];
    return {placeInC(columnOf[v]), masks[v]};
  };
  auto sums = b.loop(depth, b.loadTile(p.c, placeOf), [&](Value k, ValueRange before) {
    SmallVector<Value> right;
    for (int64_t v = 0; v < b.shape.vectors; ++v)
      right.push_back(b.loadVector(panel, {k, b.index(v * lanes())}, {}));
    auto left = [&](int64_t r) -> Value {
      at[p.rowLoop()] = rowOf[r];
      return memref::LoadOp::create(b, p.a, placeInA(k));
    };
    return b.addProducts(before, left, [&](int64_t v) { return right[v]; });
  });
  b.storeTile(sums, p.c, placeOf);
}

/// All rows of the panel's columns; what is beyond the last column is masked.
void Tiler::multiplyColumns(bool isMasked) {
  for (int64_t v = 0; v < b.shape.vectors; ++v)
    masks[v] = isMasked ? b.maskOf(arith::SubIOp::create(b, columns, columnOf[v])) : Value();
  p.byColumn ? packColumns() : packTransposed();
  nest(inner, [&] {
    loopOver(blocksOf(sizes[p.rowLoop()], b.shape.rows), b.shape.rows,
             [&](Value row) { multiplyTile(row); });
  });
}

/// Rows of b whose panel stays in the second cache.
static constexpr int64_t rowsOfBlock = 2048;

/// As many blocks as that takes, of whole vectors; one where only the run knows the depth.
void Tiler::splitDepth() {
  auto type = cast<MemRefType>(p.a.getType());
  int64_t axis = type.getRank() - (p.isTurned ? 2 : 1);
  depth = wholeDepth = memref::DimOp::create(b, p.a, axis);
  if (type.isDynamicDim(axis) || type.getDimSize(axis) <= rowsOfBlock)
    return;
  int64_t count = llvm::divideCeil(type.getDimSize(axis), rowsOfBlock);
  sizeOfBlock = llvm::alignTo(llvm::divideCeil(type.getDimSize(axis), count), lanes());
  blocks = llvm::divideCeil(type.getDimSize(axis), sizeOfBlock);
}

void Tiler::startBlock(Value block) {
  firstRow = arith::MulIOp::create(b, block, b.index(sizeOfBlock));
  depth = arith::MinUIOp::create(b, b.index(sizeOfBlock),
                                 arith::SubIOp::create(b, wholeDepth, firstRow));
}

/// The sums of a block start where those of the one before ended.
void Tiler::multiplyBlocks(bool isMasked) {
  if (blocks == 1)
    return multiplyColumns(isMasked);
  b.loop(b.index(blocks), [&](Value block) {
    startBlock(block);
    multiplyColumns(isMasked);
  });
}

std::string Tiler::build() {
  int64_t width = b.shape.columns();
  columns = sizeOf(p.columnLoop());
  splitDepth();
  at.resize(p.batch + 1);
  columnOf.resize(b.shape.vectors);
  masks.resize(b.shape.vectors);
  SmallVector<int64_t> outer;
  for (int64_t loop = 0; loop <= p.rowLoop(); ++loop)
    sizes.push_back(sizeOf(loop)); // all bounds stand before the loops
  for (int64_t loop = 0; loop < p.batch; ++loop)
    (p.runsAlong(1, loop) ? outer : inner).push_back(loop);
  Value panels = blocksOf(columns, width), rowsOfPanel = depth;
  if (blocks > 1)
    rowsOfPanel = b.index(sizeOfBlock);
  else if (!p.byColumn)
    rowsOfPanel = arith::MulIOp::create(b, blocksOf(depth, lanes()), b.index(lanes()));
  auto known = p.knownSize(p.columnLoop());
  bool isWhole = known && *known % width == 0;
  nest(outer, [&] {
    loopOver(panels, width, [&](Value j) {
      for (int64_t v = 0; v < b.shape.vectors; ++v)
        columnOf[v] = b.add(j, b.index(v * lanes()));
      auto type = MemRefType::get({ShapedType::kDynamic, width}, b.getF32Type());
      panel = memref::AllocOp::create(b, type, rowsOfPanel, b.getI64IntegerAttr(64));
      if (isWhole) {
        multiplyBlocks(/*isMasked=*/false);
      } else {
        Value isFull =
            arith::CmpIOp::create(b, arith::CmpIPredicate::ule, b.add(j, b.index(width)), columns);
        auto choice = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(choice.thenBlock());
        multiplyBlocks(/*isMasked=*/false);
        b.setInsertionPointToStart(choice.elseBlock());
        multiplyBlocks(/*isMasked=*/true);
      }
      memref::DeallocOp::create(b, panel);
    });
  });
  p.op.erase();
  return std::string(outer.size(), 'p') + "t";
}

/// No more rows than there are, and evenly shared.
static int64_t rowsOfTile(const MatrixKernel &product, int64_t most) {
  auto known = product.knownSize(product.rowLoop());
  return known ? llvm::divideCeil(*known, llvm::divideCeil(*known, most)) : most;
}

std::string retort::tileMatrixKernel(MatrixKernel product, TileShape shape) {
  shape.rows = rowsOfTile(product, shape.rows);
  return Tiler(product, shape).build();
}
