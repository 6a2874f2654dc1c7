// Computes the tiles of a product, panel by panel of its weight.
//   for each panel, tile of rows and vectors of columns: init[...] = sums over all of K
#include "lib/Codegen/LinearKernels.h"

using namespace mlir;
using namespace retort;

namespace {
class TileMultiplier {
public:
  TileMultiplier(linear::ProductOp product, const RowOrder &order, TileShape shape)
      : product(product), order(order), b(product.getLoc(), product.getContext(), shape) {}
  func::FuncOp build();

private:
  SmallVector<Type> argumentTypes();
  Value maskFrom(Value column);
  void store(ValueRange sums);
  void storeVectors(ValueRange sums, Value firstColumn, bool isMasked);

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

void TileMultiplier::storeVectors(ValueRange sums, Value firstColumn, bool isMasked) {
  for (int64_t r = 0; r < b.shape.rows; ++r) {
    // Rows beyond the last are its equals.
    Value row = b.add(b.multiply(b.tile, b.shape.rows), b.index(r));
    row = arith::MinUIOp::create(b, row, lastRow);
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      Value column = b.add(firstColumn, b.index(v * b.shape.lanes));
      Value sum = sums[r * b.shape.vectors + v];
      if (!isMasked) {
        vector::StoreOp::create(b, sum, init, ValueRange{row, column});
        continue;
      }
      vector::MaskedStoreOp::create(b, init, ValueRange{row, column}, maskFrom(column), sum);
    }
  }
}

void TileMultiplier::store(ValueRange sums) {
  Value firstColumn = b.add(b.multiply(b.panel, linear::panelWidth), b.column);
  if (product.columns() % linear::panelWidth == 0)
    return storeVectors(sums, firstColumn, /*isMasked=*/false);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule,
                                       b.add(firstColumn, b.index(b.shape.columns())),
                                       b.index(product.columns()));
  auto choice = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  storeVectors(sums, firstColumn, /*isMasked=*/false);
  b.setInsertionPointToStart(choice.elseBlock());
  storeVectors(sums, firstColumn, /*isMasked=*/true);
}

func::FuncOp TileMultiplier::build() {
  auto kernel = func::FuncOp::create(b, "multiply", b.getFunctionType(argumentTypes(), {}));
  kernel.setPrivate();
  kernel->setAttr("retort.kernel", b.getStringAttr("wt"));
  b.setInsertionPointToStart(kernel.addEntryBlock());
  auto arguments = kernel.getArguments();
  unsigned next = 0, count = arguments.size();
  b.packed = arguments[next++];
  if (order.sumFactor)
    b.groupSums = arguments[next++];
  while (next < count - 2)
    b.weight.push_back(arguments[next++]);
  init = arguments[count - 2];
  kernel.setArgAttr(count - 1, "retort.work", b.getUnitAttr());
  Value rowTiles = memref::DimOp::create(b, b.packed, 0);
  lastRow = arith::SubIOp::create(b, memref::DimOp::create(b, init, 0), b.index(1));
  auto none = [] { return TileBuilder::Values(); };
  b.loop(b.index(product.panels()), {}, [&](Value panel, ValueRange) {
    b.panel = panel;
    b.loop(rowTiles, {}, [&](Value tile, ValueRange) {
      b.tile = tile;
      b.loop(b.index(linear::panelWidth / b.shape.columns()), {}, [&](Value part, ValueRange) {
        b.column = b.multiply(part, b.shape.columns());
        store(sumTile(b, product.getFormat(), order));
        return none();
      });
      return none();
    });
    return none();
  });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makeTileKernel(linear::ProductOp product, const RowOrder &order,
                                    TileShape shape) {
  return TileMultiplier(product, order, shape).build();
}
