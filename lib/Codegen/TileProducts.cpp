// Computes matrix products of many rows in tiles that stay in registers.
//   for i, k, j: c[i,j] += a[i,k] b[k,j]   ->   for tiles of 4 rows and 32 columns: 8 vectors += a[i,k] b[k, j ... j + 15]
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DEF_TILEPRODUCTSPASS
#include "lib/Codegen/TileProducts.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static constexpr int64_t lanes = 16, tileRows = 4, tileVectors = 2, dotColumns = 4;

namespace {
/// A product: leading loops of the batch, then i, k, j (`byColumn`: j is innermost) or i, j, k.
struct Product {
  linalg::GenericOp op;
  int64_t batch;
  bool byColumn;
  Value a, b, c;
};

/// Builds the tiled loops of one product.
class Tiler {
public:
  Tiler(Product product) : p(product), b(product.op.getLoc(), product.op), vector(VectorType::get(lanes, b.getF32Type())) {}
  void build();

private:
  Value index(int64_t i) { return arith::ConstantIndexOp::create(b, i); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
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
  SmallVector<Value> sumProducts(Value start, Value end, ValueRange sums, ArrayRef<Value> rows, ArrayRef<Value> columns, Value mask);

  Product p;
  ImplicitLocOpBuilder b;
  VectorType vector;
  SmallVector<Value> batchIndices;
  Value rows, columns, depth;
};
} // namespace

/// True where the map reads loops of the batch in order, then the two given ones.
static bool readsMatrix(AffineMap map, int64_t batch, int64_t row, int64_t column) {
  if (map.getNumResults() < 2 || !map.isProjectedPermutation())
    return false;
  for (unsigned i = 0; i + 2 < map.getNumResults(); ++i)
    if (int64_t(map.getDimPosition(i)) >= batch)
      return false;
  return int64_t(map.getDimPosition(map.getNumResults() - 2)) == row &&
         int64_t(map.getDimPosition(map.getNumResults() - 1)) == column;
}

static bool runsAlongLastAxis(Value buffer) {
  int64_t offset;
  SmallVector<int64_t> strides;
  auto type = cast<MemRefType>(buffer.getType());
  return type.getElementType().isF32() && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

static bool multipliesAndAdds(linalg::GenericOp op) {
  Block &body = *op.getBody();
  if (llvm::range_size(body) != 3)
    return false;
  auto product = dyn_cast<arith::MulFOp>(body.front());
  auto sum = dyn_cast<arith::AddFOp>(*std::next(body.begin()));
  if (!product || !sum || body.getTerminator()->getOperand(0) != sum.getResult())
    return false;
  auto isPair = [](Value x, Value y, Value a, Value b) { return (x == a && y == b) || (x == b && y == a); };
  return isPair(product.getLhs(), product.getRhs(), body.getArgument(0), body.getArgument(1)) &&
         isPair(sum.getLhs(), sum.getRhs(), product.getResult(), body.getArgument(2));
}

static bool isParallel(utils::IteratorType kind) { return kind == utils::IteratorType::parallel; }

static std::optional<Product> matchProduct(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumLoops() < 3 || !multipliesAndAdds(op))
    return std::nullopt;
  int64_t batch = op.getNumLoops() - 3;
  auto kinds = op.getIteratorTypesArray();
  if (!llvm::all_of(ArrayRef(kinds).take_front(batch + 1), isParallel))
    return std::nullopt;
  bool byColumn = !isParallel(kinds[batch + 1]);
  if (byColumn != isParallel(kinds[batch + 2]))
    return std::nullopt;
  int64_t i = batch, j = byColumn ? batch + 2 : batch + 1, k = byColumn ? batch + 1 : batch + 2;
  auto maps = op.getIndexingMapsArray();
  Product product{op, batch, byColumn, op.getInputs()[0], op.getInputs()[1], op.getOutputs()[0]};
  if (!readsMatrix(maps[0], batch, i, k) || !readsMatrix(maps[1], batch, byColumn ? k : j, byColumn ? j : k) ||
      !readsMatrix(maps[2], batch, i, j))
    return std::nullopt;
  if (!runsAlongLastAxis(product.a) || !runsAlongLastAxis(product.b) || !runsAlongLastAxis(product.c))
    return std::nullopt;
  return product;
}

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
  body(step == 1 ? loop.getInductionVar() : arith::MulIOp::create(b, loop.getInductionVar(), index(step)).getResult());
}

/// True in the first `count` lanes; in none where it is below zero.
Value Tiler::maskFor(Value count) {
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  auto type = VectorType::get(lanes, b.getI32Type());
  Value steps = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
  Value limit = vector::BroadcastOp::create(b, type, arith::IndexCastOp::create(b, b.getI32Type(), count));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, steps, limit);
}

Value Tiler::loadVector(Value buffer, ValueRange at, Value mask) {
  if (!mask)
    return vector::LoadOp::create(b, vector, buffer, at);
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(vector, 0.0f));
  return vector::MaskedLoadOp::create(b, vector, buffer, at, mask, zero);
}

/// Columns j ... j + 31 of b, one row behind the other: their distance in b may be a multiple of the cache's size.
void Tiler::packColumns(Value panel, ArrayRef<Value> columnOf, ArrayRef<Value> masks) {
  auto loop = scf::ForOp::create(b, index(0), depth, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  for (int64_t v = 0; v < tileVectors; ++v)
    vector::StoreOp::create(b, loadVector(p.b, place(1, k, columnOf[v]), masks[v]), panel, ValueRange{k, index(v * lanes)});
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
        sums.push_back(vector::FMAOp::create(b, left, right[v], loop.getRegionIterArgs()[r * tileVectors + v]));
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
  loopOver(blocksOf(rows, tileRows), tileRows, [&](Value i) { tileByColumn(panel, i, columnOf, masks); });
}

/// The products of rows of a and b from `start` to `end`, added to vectors of partial sums.
SmallVector<Value> Tiler::sumProducts(Value start, Value end, ValueRange sums, ArrayRef<Value> rowOf, ArrayRef<Value> columnOf, Value mask) {
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
      next.push_back(vector::FMAOp::create(b, left, each, loop.getRegionIterArgs()[next.size()]));
  }
  scf::YieldOp::create(b, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// c[i ... i + 3, j ... j + 3] += sums of 16 partial products each; rows and columns beyond the last are computed twice.
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
      results.push_back(vector::ReductionOp::create(b, vector::CombiningKind::ADD, sums[r * dotColumns + c], before,
                                                    arith::FastMathFlags::reassoc));
    }
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < dotColumns; ++c)
      memref::StoreOp::create(b, results[r * dotColumns + c], p.c, place(2, rowOf[r], columnOf[c]));
}

void Tiler::build() {
  int64_t axesA = cast<MemRefType>(p.a.getType()).getRank(), axesC = cast<MemRefType>(p.c.getType()).getRank();
  rows = size(p.c, axesC - 2);
  columns = size(p.c, axesC - 1);
  depth = size(p.a, axesA - 1);
  // All bounds stand before the loops.
  Value rowBlocks = blocksOf(rows, tileRows);
  Value columnBlocks = blocksOf(columns, p.byColumn ? lanes * tileVectors : dotColumns);
  SmallVector<Value> batchSizes;
  for (int64_t loop = 0; loop < p.batch; ++loop)
    batchSizes.push_back(size(p.c, *p.op.getIndexingMapsArray()[2].getResultPosition(b.getAffineDimExpr(loop))));
  auto tiles = [&] {
    if (!p.byColumn)
      return loopOver(rowBlocks, tileRows, [&](Value i) {
        loopOver(columnBlocks, dotColumns, [&](Value j) { tileBySum(i, j); });
      });
    loopOver(columnBlocks, lanes * tileVectors, [&](Value j) {
      auto type = MemRefType::get({ShapedType::kDynamic, lanes * tileVectors}, b.getF32Type());
      Value panel = memref::AllocOp::create(b, type, depth, b.getI64IntegerAttr(64));
      Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, add(j, index(lanes * tileVectors)), columns);
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

/// kernel(args) { product }   ->   kernel(args) { if enough rows: kernel_tiled(args) else: kernel_plain(args) }
static void tileKernel(func::FuncOp kernel) {
  auto ops = llvm::to_vector(kernel.getBody().front().getOps<linalg::GenericOp>());
  auto product = ops.size() == 1 ? matchProduct(ops[0]) : std::nullopt;
  if (!product)
    return;
  auto rank = cast<MemRefType>(product->c.getType()).getRank();
  auto tiled = kernel.clone(), plain = kernel.clone();
  auto module = kernel->getParentOfType<ModuleOp>();
  ImplicitLocOpBuilder b(kernel.getLoc(), product->op);
  auto finish = [&](func::FuncOp copy, StringRef suffix) {
    copy.setName((kernel.getName() + suffix).str());
    module.push_back(copy);
  };
  finish(tiled, "_tiled");
  tiled->setAttr("retort.kernel", b.getStringAttr(std::string(product->batch + (product->byColumn ? 1 : 2), 'p')));
  Tiler(*matchProduct(*tiled.getBody().front().getOps<linalg::GenericOp>().begin())).build();
  finish(plain, "_plain");
  Value count = memref::DimOp::create(b, product->c, rank - 2);
  Value enough = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, count, arith::ConstantIndexOp::create(b, product->byColumn ? 16 : 8));
  auto choice = scf::IfOp::create(b, enough, /*withElseRegion=*/true);
  b.setInsertionPointToStart(choice.thenBlock());
  func::CallOp::create(b, tiled, kernel.getArguments());
  b.setInsertionPointToStart(choice.elseBlock());
  func::CallOp::create(b, plain, kernel.getArguments());
  product->op.erase();
  kernel->setAttr("retort.kernel", b.getStringAttr(""));
}

namespace {
struct TileProductsPass : retort::impl::TileProductsPassBase<TileProductsPass> {
  void runOnOperation() override {
    for (auto kernel : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("retort.kernel"))
        tileKernel(kernel);
  }
};
} // namespace
