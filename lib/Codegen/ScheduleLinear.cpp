// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes products with constant weights in tiles that stay in registers.
//   kernel(x, w, y) { linear.product }   ->   kernel(x, w, y) { if few rows: pack_0(x, p) ;
//   multiply_0(p, w, y)
//                                                               else: pack_1(x, p) ; multiply_1(p,
//                                                               w, y) }
#include "lib/Codegen/LinearKernels.h"

#include "dialects/Retort/Names.h"
#include "lib/Codegen/VectorTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_SCHEDULELINEARPASS
#include "lib/Codegen/ScheduleLinear.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// From this many rows on, tiles of many rows are worth what the rows missing in the last one cost.
static constexpr int64_t manyRows = 4;

/// Fetching an element of the weight takes as long as so many multiplications.
static constexpr int64_t costOfWeight = 6;

/// Moving an element of the rows takes as long as so many: they come from memory, and a thread is
/// to pack the rows that it multiplies.
static constexpr int64_t costOfMove = 8;

/// One row of a whole panel where its sums leave room for what is decoded: the panel is streamed
/// once.
static TileShape decodeShape(VectorTarget target) {
  return {1, std::min(linear::panelWidth / target.lanes, target.registers / 4), target.lanes};
}

/// Two vectors of columns, and as many rows as leave registers for a row of both operands and what
/// is decoded.
static TileShape prefillShape(VectorTarget target) { return {target.tileRows(), 2, target.lanes}; }

namespace {
class Scheduler {
public:
  Scheduler(ModuleOp module, VectorTarget target) : module(module), target(target) {}
  void schedule(linear::ProductOp product);

private:
  void callKernels(ImplicitLocOpBuilder &b, linear::ProductOp product, TileShape shape);
  func::FuncOp share(func::FuncOp kernel);

  ModuleOp module;
  VectorTarget target;
  llvm::StringMap<func::FuncOp> kernels; // by their text
};
} // namespace

/// The kernel, or one of the same text that is there already.
func::FuncOp Scheduler::share(func::FuncOp kernel) {
  std::string text;
  llvm::raw_string_ostream(text) << *kernel;
  func::FuncOp &known = kernels[text];
  if (known) {
    kernel.erase();
    return known;
  }
  kernel.setName(("linear_" + kernel.getName() + "_" + std::to_string(kernels.size() - 1)).str());
  module.push_back(kernel);
  return known = kernel;
}

void Scheduler::callKernels(ImplicitLocOpBuilder &b, linear::ProductOp product, TileShape shape) {
  RowOrder order = cast<linear::LinearFormatKernel>(product.getFormat())
                       .getRowOrder(product.depth(), product.getWeight().size());
  auto kernel = product->getParentOfType<func::FuncOp>();
  func::FuncOp pack = makePackKernel(product, order, shape);
  func::FuncOp multiply = makeTileKernel(product, order, shape);
  unsigned init = multiply.getNumArguments() - 2;
  if (auto argument = dyn_cast<BlockArgument>(product.getInit()))
    if (kernel.getArgAttr(argument.getArgNumber(), names::noalias))
      multiply.setArgAttr(init, names::noalias, b.getUnitAttr());
  pack = share(pack);
  multiply = share(multiply);

  auto index = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(b, i); };
  Value rows = memref::DimOp::create(b, product.getInit(), 0);
  Value tiles = arith::CeilDivUIOp::create(b, rows, index(shape.rows));
  SmallVector<Value> scratch;
  for (Type type : pack.getArgumentTypes().drop_front().drop_back())
    scratch.push_back(
        memref::AllocOp::create(b, cast<MemRefType>(type), tiles, b.getI64IntegerAttr(64)));
  SmallVector<Value> packArguments{product.getRows()};
  packArguments.append(scratch);
  packArguments.push_back(index(costOfMove * shape.rows * order.padded()));
  func::CallOp::create(b, pack, packArguments);
  SmallVector<Value> arguments(scratch);
  llvm::append_range(arguments, product.getWeight());
  int64_t depth = order.depth / countBlocks(product, shape);
  int64_t work = (shape.rows + costOfWeight) * depth * linear::panelWidth;
  arguments.append({product.getInit(), index(work)});
  func::CallOp::create(b, multiply, arguments);
  for (Value buffer : scratch)
    memref::DeallocOp::create(b, buffer);
}

void Scheduler::schedule(linear::ProductOp product) {
  auto kernel = product->getParentOfType<func::FuncOp>();
  ImplicitLocOpBuilder b(product.getLoc(), product);
  Value rows = memref::DimOp::create(b, product.getInit(), 0);
  Value isMany = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, rows,
                                       arith::ConstantIndexOp::create(b, manyRows));
  auto choice = scf::IfOp::create(b, isMany, /*withElseRegion=*/true);
  b.setInsertionPointToStart(choice.thenBlock());
  callKernels(b, product, prefillShape(target));
  b.setInsertionPointToStart(choice.elseBlock());
  callKernels(b, product, decodeShape(target));
  product.erase();
  kernel->setAttr(names::kernel, b.getStringAttr(""));
}

namespace {
struct ScheduleLinearPass : retort::impl::ScheduleLinearPassBase<ScheduleLinearPass> {
  using Base::Base;
  void runOnOperation() override {
    auto target = vectorTargetFor(getOperation(), targetCpu);
    if (failed(target))
      return signalPassFailure();
    Scheduler scheduler(getOperation(), *target);
    SmallVector<linear::ProductOp> products;
    getOperation().walk([&](linear::ProductOp product) { products.push_back(product); });
    for (linear::ProductOp product : products) {
      if (!isa<linear::LinearFormatKernel>(product.getFormat())) {
        product.emitOpError() << "has no kernel for the format " << product.getFormat();
        return signalPassFailure();
      }
      scheduler.schedule(product);
    }
  }
};
} // namespace
