// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes the tiles of a product, panel by panel of its weight.
//   for each block of K, panel, tile of rows and vectors of columns: init[...] (+)= sums over the
//   block
#include "lib/Codegen/LinearKernels.h"

#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

/// Rows of the weight in a block: that of a panel takes a quarter of a megabyte, and the rows that
/// meet it stay in the last cache.
static constexpr int64_t rowsOfBlock = 2048;

/// Of a cache.
static constexpr int64_t lineBytes = 64;

int64_t KernelPlan::countBlocks() const {
  bool isReadAgain = shape.rows > 1;
  return isReadAgain && step.takesBlocks(weight) ? llvm::divideCeil(weight.depth, rowsOfBlock) : 1;
}

namespace {
class TileMultiplier {
public:
  explicit TileMultiplier(const KernelPlan &plan)
      : plan(plan), product(plan.product), b(product.getLoc(), product.getContext(), plan.shape) {}
  func::FuncOp build();

private:
  VectorBuilder::Place placeOf(int64_t r, int64_t v, Value firstColumn, bool isMasked);
  TileBuilder::Values loadTile(Value firstColumn, bool isMasked);
  void storeTile(ValueRange sums, Value firstColumn, bool isMasked);
  TileBuilder::Values forFullOrMasked(TypeRange types,
                                      function_ref<TileBuilder::Values(Value, bool)> body);
  void startBlock(Value block);
  void addTile();
  void fetchAhead(Value unit, Value units);
  void addTiles(Value rowTiles);

  const KernelPlan &plan;
  linear::ProductOp product;
  TileBuilder b;
  Value init, lastRow;
};
} // namespace

/// Rows beyond the last are its equals; a mask leaves out columns that the result has not.
VectorBuilder::Place TileMultiplier::placeOf(int64_t r, int64_t v, Value firstColumn,
                                             bool isMasked) {
  Value column = b.add(firstColumn, b.index(v * b.shape.lanes));
  Value row =
      arith::MinUIOp::create(b, b.add(b.multiply(b.tile, b.shape.rows), b.index(r)), lastRow);
  Value mask;
  if (isMasked)
    mask = b.maskOf(arith::SubIOp::create(b, b.index(product.columns()), column));
  return {{row, column}, mask};
}

TileBuilder::Values TileMultiplier::loadTile(Value firstColumn, bool isMasked) {
  return b.loadTile(init,
                    [&](int64_t r, int64_t v) { return placeOf(r, v, firstColumn, isMasked); });
}

void TileMultiplier::storeTile(ValueRange sums, Value firstColumn, bool isMasked) {
  b.storeTile(sums, init,
              [&](int64_t r, int64_t v) { return placeOf(r, v, firstColumn, isMasked); });
}

/// The body with the first column of the tile, masked where the result ends before its last.
TileBuilder::Values
TileMultiplier::forFullOrMasked(TypeRange types,
                                function_ref<TileBuilder::Values(Value, bool)> body) {
  Value firstColumn = b.add(b.multiply(b.panel, linear::panelWidth), b.column);
  if (product.columns() % linear::panelWidth == 0)
    return body(firstColumn, /*isMasked=*/false);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule,
                                       b.add(firstColumn, b.index(b.shape.columns())),
                                       b.index(product.columns()));
  auto choice = scf::IfOp::create(b, types, isFull, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  for (bool isMasked : {false, true}) {
    Block *block = isMasked ? choice.elseBlock() : choice.thenBlock();
    b.setInsertionPointToStart(block);
    TileBuilder::Values results = body(firstColumn, isMasked);
    if (!types.empty())
      scf::YieldOp::create(b, results);
  }
  return TileBuilder::Values(choice.getResults());
}

/// Rows first ... first + count - 1 of the weight.
void TileMultiplier::startBlock(Value block) {
  int64_t size = llvm::divideCeil(product.depth(), plan.countBlocks());
  b.firstRow = b.multiply(block, size);
  Value left = arith::SubIOp::create(b, b.index(product.depth()), b.firstRow);
  b.rowCount = product.depth() % size == 0
                   ? b.index(size)
                   : arith::MinUIOp::create(b, b.index(size), left).getResult();
}

/// Sums of the first block start at zero, of others where that before ended.
void TileMultiplier::addTile() {
  if (b.firstRow) {
    Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.firstRow, b.index(0));
    SmallVector<Type> types(b.shape.rows * b.shape.vectors, b.vectorOf(b.getF32Type()));
    auto choice = scf::IfOp::create(b, types, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b, b.zeros());
    b.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(b, forFullOrMasked(types, [&](Value column, bool isMasked) {
                           return loadTile(column, isMasked);
                         }));
    b.start.assign(choice.getResults().begin(), choice.getResults().end());
  }
  TileBuilder::Values sums = plan.step.sumTile(b, plan.weight, plan.isPortable);
  forFullOrMasked({}, [&](Value column, bool isMasked) {
    storeTile(sums, column, isMasked);
    return TileBuilder::Values();
  });
}

/// The share of the next panel that falls to one of so many tiles: lines that a row of the panel
/// takes, row by row. Behind the last panel comes none, and the last is fetched again, from the
/// cache.
void TileMultiplier::fetchAhead(Value unit, Value units) {
  Value next = arith::MinUIOp::create(b, b.add(b.panel, b.index(1)), b.index(product.panels() - 1));
  for (Value part : b.weight) {
    auto type = cast<MemRefType>(part.getType());
    if (type.getRank() != 3 || type.getDimSize(2) != linear::panelWidth)
      continue;
    int64_t width = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    bool isBlocked = b.firstRow && type.getDimSize(1) == product.depth();
    Value rows = isBlocked ? b.rowCount : b.index(type.getDimSize(1));
    Value share = arith::CeilDivUIOp::create(b, rows, units);
    Value first = arith::MinUIOp::create(b, arith::MulIOp::create(b, unit, share), rows);
    Value count = arith::MinUIOp::create(b, share, arith::SubIOp::create(b, rows, first));
    b.loop(count, [&](Value i) {
      Value row = b.add(first, i);
      if (isBlocked)
        row = b.add(row, b.firstRow);
      for (int64_t column = 0; column < linear::panelWidth; column += lineBytes / width)
        memref::PrefetchOp::create(b, part, ValueRange{next, row, b.index(column)},
                                   /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
    });
  }
}

void TileMultiplier::addTiles(Value rowTiles) {
  int64_t parts = linear::panelWidth / b.shape.columns();
  b.loop(rowTiles, [&](Value tile) {
    b.tile = tile;
    b.loop(b.index(parts), [&](Value part) {
      if (plan.fetchesAhead && plan.shape.rows > 1)
        fetchAhead(b.add(b.multiply(tile, parts), part), b.multiply(rowTiles, parts));
      b.column = b.multiply(part, b.shape.columns());
      addTile();
    });
  });
}

func::FuncOp retort::startTileKernel(TileBuilder &b, const KernelPlan &plan, StringRef loops) {
  linear::ProductOp product = plan.product;
  SmallVector<Type> types;
  llvm::append_range(types, plan.scratch());
  size_t scratch = types.size();
  llvm::append_range(types, product.getWeight().getTypes());
  types.append({product.getInit().getType(), b.getIndexType()});
  auto kernel = func::FuncOp::create(b, "multiply", b.getFunctionType(types, {}));
  kernel.setPrivate();
  kernel->setAttr(names::kernel, b.getStringAttr(loops));
  b.setInsertionPointToStart(kernel.addEntryBlock());
  auto arguments = kernel.getArguments();
  b.scratch.assign(arguments.begin(), arguments.begin() + scratch);
  llvm::append_range(b.weight, arguments.drop_front(scratch).drop_back(2));
  kernel.setArgAttr(arguments.size() - 1, names::work, b.getUnitAttr());
  return kernel;
}

func::FuncOp TileMultiplier::build() {
  int64_t blocks = plan.countBlocks();
  func::FuncOp kernel = startTileKernel(b, plan,
                                        blocks > 1                     ? "rdt"
                                        : plan.weight.format.isPlain() ? "dt"
                                                                       : "wt");
  init = kernel.getArgument(kernel.getNumArguments() - 2);
  Value rowTiles = memref::DimOp::create(b, b.scratch[0], 0);
  lastRow = arith::SubIOp::create(b, memref::DimOp::create(b, init, 0), b.index(1));
  auto addPanels = [&] {
    b.loop(b.index(product.panels()), [&](Value panel) {
      b.panel = panel;
      addTiles(rowTiles);
    });
  };
  if (blocks == 1)
    addPanels();
  else
    b.loop(b.index(blocks), [&](Value block) {
      startBlock(block);
      addPanels();
    });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeTileKernel(const KernelPlan &plan) { return TileMultiplier(plan).build(); }
