// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes matrix products of many rows in tiles that stay in registers.
//   for i, k, j: c[i,j] += a[i,k] b[k,j]   ->   for tiles of 6 rows and 16 columns: 12 vectors +=
//                                               a[i,k] b[k, j ... j + 7]
#include "lib/Codegen/MatrixProduct.h"

#include "dialects/Retort/Names.h"
#include "lib/Codegen/StepTable.h"
#include "lib/Target/DescribeTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_TILEPRODUCTSPASS
#include "lib/Codegen/TileProducts.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

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
  return type.getElementType().isF32() && succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

static bool multipliesAndAdds(linalg::GenericOp op) {
  Block &body = *op.getBody();
  if (llvm::range_size(body) != 3)
    return false;
  auto product = dyn_cast<arith::MulFOp>(body.front());
  auto sum = dyn_cast<arith::AddFOp>(*std::next(body.begin()));
  if (!product || !sum || body.getTerminator()->getOperand(0) != sum.getResult())
    return false;
  auto isPair = [](Value x, Value y, Value a, Value b) {
    return (x == a && y == b) || (x == b && y == a);
  };
  return isPair(product.getLhs(), product.getRhs(), body.getArgument(0), body.getArgument(1)) &&
         isPair(sum.getLhs(), sum.getRhs(), product.getResult(), body.getArgument(2));
}

static bool isParallel(utils::IteratorType kind) { return kind == utils::IteratorType::parallel; }

std::optional<MatrixKernel> retort::matchMatrixKernel(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || op.getNumLoops() < 3 ||
      !multipliesAndAdds(op))
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
  MatrixKernel product{
      op, batch, byColumn, op.getInputs()[0], op.getInputs()[1], op.getOutputs()[0]};
  product.isTurned = readsMatrix(maps[0], batch, k, i);
  if ((!product.isTurned && !readsMatrix(maps[0], batch, i, k)) ||
      !readsMatrix(maps[1], batch, byColumn ? k : j, byColumn ? j : k) ||
      !readsMatrix(maps[2], batch, i, j))
    return std::nullopt;
  if (!runsAlongLastAxis(product.a) || !runsAlongLastAxis(product.b) ||
      !runsAlongLastAxis(product.c))
    return std::nullopt;
  return product;
}

/// kernel(args) { product }   ->   kernel(args) { if enough rows: kernel_tiled(args) else:
/// kernel_plain(args) }
static void tileKernel(func::FuncOp kernel, const StepUse &use) {
  auto productOf = [](func::FuncOp form) {
    auto ops = llvm::to_vector(form.getBody().front().getOps<linalg::GenericOp>());
    return ops.size() == 1 ? matchMatrixKernel(ops[0]) : std::nullopt;
  };
  auto product = productOf(kernel);
  if (!product)
    return;
  // Known to be few, or none.
  if (auto rows = product->knownSize(product->rowLoop()); rows && *rows < use.fromRows)
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
  tiled->setAttr(names::kernel, b.getStringAttr(tileMatrixKernel(*productOf(tiled), use.shape)));
  finish(plain, "_plain");
  Value count = memref::DimOp::create(b, product->c, rank - 2);
  Value enough = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, count,
                                       arith::ConstantIndexOp::create(b, use.fromRows));
  auto choice = scf::IfOp::create(b, enough, /*withElseRegion=*/true);
  b.setInsertionPointToStart(choice.thenBlock());
  func::CallOp::create(b, tiled, kernel.getArguments());
  b.setInsertionPointToStart(choice.elseBlock());
  func::CallOp::create(b, plain, kernel.getArguments());
  product->op.erase();
  kernel->setAttr(names::kernel, b.getStringAttr(""));
}

namespace {
struct TileProductsPass : retort::impl::TileProductsPassBase<TileProductsPass> {
  using Base::Base;
  void runOnOperation() override {
    auto target = requireTarget(getOperation(), targetCpu);
    if (failed(target))
      return signalPassFailure();
    // Neither operand is a weight: the tiles of products of plain numbers, those of many rows.
    auto table = stepTable(StepWeight(), {*target});
    if (table.empty()) {
      getOperation().emitError() << "no step multiplies numbers";
      return signalPassFailure();
    }
    for (auto kernel : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr(names::kernel))
        tileKernel(kernel, table.back());
  }
};
} // namespace
