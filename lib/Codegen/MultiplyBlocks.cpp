// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes a product by a step that takes blocks: each is decoded once, and all rows meet it.
//   for each strip of panels                    (shared by threads)
//     for some rows, each block of K, each panel of the strip: decode the block
//       for each tile of the rows: sums (+)= rows * block ; behind the last block: init = sums
#include "lib/Codegen/LinearKernels.h"

#include "dialects/Linear/BlockStep.h"
#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

/// Panels whose sums are kept while blocks go by: the rows of a block are then read so many times
/// from the second cache.
static constexpr int64_t mostPanels = 8;
/// Strips that there are to be, for threads to share.
static constexpr int64_t stripsWanted = 8;
/// Tiles of rows that meet a block: with a block of all of them in the second cache.
static constexpr int64_t mostTiles = 16;

int64_t retort::panelsOfStrip(const KernelPlan &plan) {
  linear::ProductOp product = plan.product;
  return std::min<int64_t>(mostPanels, llvm::divideCeil(product.panels(), stripsWanted));
}

namespace {
class BlockMultiplier {
public:
  explicit BlockMultiplier(const KernelPlan &plan)
      : plan(plan), product(plan.product), step(*plan.step.asBlockStep()),
        b(product.getLoc(), product.getContext(), plan.shape, plan.isPortable) {}
  func::FuncOp build();

private:
  /// Calls the body for ranges of at most `size` of `count`, with the first and how many.
  void forRanges(Value count, int64_t size, function_ref<void(Value first, Value count)> body);
  void allocate();
  void multiplyStrip(Value panels);
  void multiplyBlock(Value panels, Value tiles, Value isLast);
  void storeTile();
  void storeRow(Value row, ValueRange scales, bool isMasked);

  const KernelPlan &plan;
  linear::ProductOp product;
  const BlockStep &step;
  BlockBuilder b;
  Value init, firstPanel, firstTile, rowTiles, rowCount;
};
} // namespace

void BlockMultiplier::forRanges(Value count, int64_t size, function_ref<void(Value, Value)> body) {
  Value ranges = arith::CeilDivUIOp::create(b, count, b.index(size));
  b.loop(ranges, [&](Value range) {
    Value first = b.multiply(range, size);
    Value left = arith::SubIOp::create(b, count, first);
    body(first, arith::MinUIOp::create(b, left, b.index(size)));
  });
}

/// What a thread's part needs for itself.
void BlockMultiplier::allocate() {
  MLIRContext *context = b.getContext();
  auto aligned = b.getI64IntegerAttr(64);
  b.decoded = memref::AllocOp::create(b, step.decodedType(plan.weight, context), aligned);
  b.unit = memref::AllocOp::create(b, step.unitType(plan.isPortable, context), aligned);
  Value tiles = arith::MinUIOp::create(b, rowTiles, b.index(mostTiles));
  Value slots = b.multiply(tiles, panelsOfStrip(plan));
  b.sums = memref::AllocOp::create(b, step.sumsType(context), ValueRange{slots}, aligned);
}

void BlockMultiplier::storeRow(Value row, ValueRange scales, bool isMasked) {
  Value place = b.add(b.multiply(b.tile, b.shape.rows), row);
  Value firstColumn = b.multiply(b.panel, linear::panelWidth);
  for (auto [v, sum] : llvm::enumerate(step.sumsOfRow(b, row))) {
    Value column = b.add(firstColumn, b.index(v * b.shape.lanes)), mask;
    if (isMasked)
      mask = b.maskOf(arith::SubIOp::create(b, b.index(product.columns()), column));
    Value result = scales.empty() ? sum : arith::MulFOp::create(b, sum, scales[v]).getResult();
    b.storeVector(result, init, {place, column}, mask);
  }
}

/// Rows and columns that the result has.
void BlockMultiplier::storeTile() {
  VectorBuilder::Values scales = step.columnScales(b, plan.weight);
  bool isMasked = product.columns() % linear::panelWidth != 0;
  b.loop(b.rowsInTile, [&](Value row) { storeRow(row, scales, isMasked); });
}

void BlockMultiplier::multiplyBlock(Value panels, Value tiles, Value isLast) {
  b.loop(panels, [&](Value panel) {
    b.panel = b.add(firstPanel, panel);
    step.decode(b, plan.weight);
    b.loop(tiles, [&](Value tile) {
      b.tile = b.add(firstTile, tile);
      b.slot = b.add(b.multiply(tile, panelsOfStrip(plan)), panel);
      Value left = arith::SubIOp::create(b, rowCount, b.multiply(b.tile, b.shape.rows));
      b.rowsInTile = arith::MinUIOp::create(b, left, b.index(b.shape.rows));
      step.multiply(b, plan.weight);
      if (!isLast)
        return storeTile();
      auto choice = scf::IfOp::create(b, isLast, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(choice.thenBlock());
      storeTile();
    });
  });
}

void BlockMultiplier::multiplyStrip(Value panels) {
  int64_t depth = plan.weight.order().padded(), size = step.blockRows(plan.weight);
  forRanges(rowTiles, mostTiles, [&](Value first, Value tiles) {
    firstTile = first;
    forRanges(b.index(depth), size, [&](Value firstRow, Value rows) {
      b.firstRow = firstRow;
      b.rowCount = rows;
      Value isLast;
      if (depth > size) {
        Value end = b.add(firstRow, rows);
        b.isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, firstRow, b.index(0));
        isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, end, b.index(depth));
      }
      multiplyBlock(panels, tiles, isLast);
    });
  });
}

func::FuncOp BlockMultiplier::build() {
  func::FuncOp kernel = startTileKernel(b, plan, "w");
  init = kernel.getArgument(kernel.getNumArguments() - 2);
  rowTiles = memref::DimOp::create(b, b.scratch[0], 0);
  rowCount = memref::DimOp::create(b, init, 0);
  b.column = b.index(0);
  forRanges(b.index(product.panels()), panelsOfStrip(plan), [&](Value first, Value panels) {
    firstPanel = first;
    allocate();
    step.begin(b);
    multiplyStrip(panels);
    step.end(b);
    for (Value buffer : {b.sums, b.unit, b.decoded})
      memref::DeallocOp::create(b, buffer);
  });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeBlockKernel(const KernelPlan &plan) {
  return BlockMultiplier(plan).build();
}
