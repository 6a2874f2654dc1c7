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

static linear::LinearFormatKernel kernelOf(linear::ProductOp product) {
  return cast<linear::LinearFormatKernel>(product.getFormat());
}

int64_t retort::countBlocks(linear::ProductOp product, TileShape shape) {
  bool isReadAgain = kernelOf(product).isPlain() && shape.rows > 1;
  return isReadAgain ? llvm::divideCeil(product.depth(), rowsOfBlock) : 1;
}

namespace {
class TileMultiplier {
public:
  TileMultiplier(linear::ProductOp product, const RowOrder &order, TileShape shape)
      : product(product), order(order), b(product.getLoc(), product.getContext(), shape) {}
  func::FuncOp build();

private:
  SmallVector<Type> argumentTypes();
  Value maskFrom(Value column);
  Value rowOf(int64_t r);
  TileBuilder::Values loadVectors(Value firstColumn, bool isMasked);
  void storeVectors(ValueRange sums, Value firstColumn, bool isMasked);
  TileBuilder::Values forFullOrMasked(TypeRange types,
                                      function_ref<TileBuilder::Values(Value, bool)> body);
  void startBlock(Value block);
  void addTile();
  void addTiles(Value rowTiles);

  linear::ProductOp product;
  const RowOrder &order;
  TileBuilder b;
  Value init, lastRow;
};
} // namespace

SmallVector<Type> TileMultiplier::argumentTypes() {
  int64_t any = ShapedType::kDynamic;
  SmallVector<Type> types{
      MemRefType::get({any, b.shape.rows, order.rowLength(b.shape.rows)}, b.getF32Type())};
  if (order.sumFactor)
    types.push_back(MemRefType::get({any, b.shape.rows, order.groups()}, b.getF32Type()));
  llvm::append_range(types, product.getWeight().getTypes());
  types.append({product.getInit().getType(), b.getIndexType()});
  return types;
}

/// True in the lanes of columns that the result has.
Value TileMultiplier::maskFrom(Value column) {
  SmallVector<int32_t> lanes = llvm::to_vector(llvm::seq<int32_t>(0, b.shape.lanes));
  auto type = b.vectorOf(b.getI32Type());
  Value numbers =
      arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value left = arith::SubIOp::create(b, b.index(product.columns()), column);
  left = b.broadcast(arith::IndexCastOp::create(b, b.getI32Type(), left));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, numbers, left);
}

/// Rows beyond the last are its equals.
Value TileMultiplier::rowOf(int64_t r) {
  return arith::MinUIOp::create(b, b.add(b.multiply(b.tile, b.shape.rows), b.index(r)), lastRow);
}

TileBuilder::Values TileMultiplier::loadVectors(Value firstColumn, bool isMasked) {
  TileBuilder::Values sums;
  auto type = b.vectorOf(b.getF32Type());
  for (int64_t r = 0; r < b.shape.rows; ++r)
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      Value column = b.add(firstColumn, b.index(v * b.shape.lanes));
      SmallVector<Value> at{rowOf(r), column};
      if (isMasked)
        sums.push_back(vector::MaskedLoadOp::create(b, type, init, at, maskFrom(column),
                                                    b.splat(b.getF32FloatAttr(0))));
      else
        sums.push_back(vector::LoadOp::create(b, type, init, at));
    }
  return sums;
}

void TileMultiplier::storeVectors(ValueRange sums, Value firstColumn, bool isMasked) {
  for (int64_t r = 0; r < b.shape.rows; ++r)
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      Value column = b.add(firstColumn, b.index(v * b.shape.lanes));
      Value sum = sums[r * b.shape.vectors + v];
      if (isMasked)
        vector::MaskedStoreOp::create(b, init, ValueRange{rowOf(r), column}, maskFrom(column), sum);
      else
        vector::StoreOp::create(b, sum, init, ValueRange{rowOf(r), column});
    }
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
  int64_t size = llvm::divideCeil(product.depth(), countBlocks(product, b.shape));
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
                           return loadVectors(column, isMasked);
                         }));
    b.start.assign(choice.getResults().begin(), choice.getResults().end());
  }
  TileBuilder::Values sums = kernelOf(product).sumTile(b, order);
  forFullOrMasked({}, [&](Value column, bool isMasked) {
    storeVectors(sums, column, isMasked);
    return TileBuilder::Values();
  });
}

void TileMultiplier::addTiles(Value rowTiles) {
  auto none = TileBuilder::Values();
  b.loop(rowTiles, {}, [&](Value tile, ValueRange) {
    b.tile = tile;
    b.loop(b.index(linear::panelWidth / b.shape.columns()), {}, [&](Value part, ValueRange) {
      b.column = b.multiply(part, b.shape.columns());
      addTile();
      return none;
    });
    return none;
  });
}

func::FuncOp TileMultiplier::build() {
  auto kernel = func::FuncOp::create(b, "multiply", b.getFunctionType(argumentTypes(), {}));
  kernel.setPrivate();
  int64_t blocks = countBlocks(product, b.shape);
  bool isPlain = kernelOf(product).isPlain();
  kernel->setAttr(names::kernel, b.getStringAttr(blocks > 1 ? "rdt" : isPlain ? "dt" : "wt"));
  b.setInsertionPointToStart(kernel.addEntryBlock());
  auto arguments = kernel.getArguments();
  unsigned next = 0, count = arguments.size();
  b.packed = arguments[next++];
  if (order.sumFactor)
    b.groupSums = arguments[next++];
  while (next < count - 2)
    b.weight.push_back(arguments[next++]);
  init = arguments[count - 2];
  kernel.setArgAttr(count - 1, names::work, b.getUnitAttr());
  Value rowTiles = memref::DimOp::create(b, b.packed, 0);
  lastRow = arith::SubIOp::create(b, memref::DimOp::create(b, init, 0), b.index(1));
  auto addPanels = [&] {
    b.loop(b.index(product.panels()), {}, [&](Value panel, ValueRange) {
      b.panel = panel;
      addTiles(rowTiles);
      return TileBuilder::Values();
    });
  };
  if (blocks == 1)
    addPanels();
  else
    b.loop(b.index(blocks), {}, [&](Value block, ValueRange) {
      startBlock(block);
      addPanels();
      return TileBuilder::Values();
    });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeTileKernel(linear::ProductOp product, const RowOrder &order,
                                    TileShape shape) {
  return TileMultiplier(product, order, shape).build();
}
