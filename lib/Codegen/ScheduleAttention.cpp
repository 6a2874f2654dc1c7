// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes fused attention block by block.
//   kernel(q, k, v, y) { fused.attention }
// ->
//   kernel(q, k, v, y) { if many rows: attend(q, k, v, y)
//                        else: attend_few(q, k, v, y, sums) ; combine_chunks(..., sums, y) }
#include "lib/Codegen/AttentionKernels.h"
#include "lib/Codegen/SharedKernels.h"

#include "dialects/Retort/Names.h"
#include "lib/Target/DescribeTarget.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_SCHEDULEATTENTIONPASS
#include "lib/Codegen/ScheduleAttention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Rows of a query that are few: all of them stream by keys and values together.
static constexpr int64_t mostFewRows = 8;

/// Fetching a number of the cache takes as long as so many multiplications.
static constexpr int64_t costOfColumn = 6;

namespace {
class AttentionScheduler {
public:
  explicit AttentionScheduler(ModuleOp module) : kernels(module) {}
  void schedule(const AttentionPlan &plan);

private:
  void attendMany(AttentionBuilder &b);
  void attendFew(AttentionBuilder &b);
  func::FuncOp share(func::FuncOp kernel, fused::AttentionOp op);

  SharedKernels kernels;
};
} // namespace

/// What the operation may take for disjoint, its kernels may, too.
func::FuncOp AttentionScheduler::share(func::FuncOp kernel, fused::AttentionOp op) {
  auto outer = op->getParentOfType<func::FuncOp>();
  unsigned init = op->getNumOperands() - 1;
  if (auto argument = dyn_cast<BlockArgument>(op.getInit()))
    if (outer.getArgAttr(argument.getArgNumber(), names::noalias))
      kernel.setArgAttr(init, names::noalias, UnitAttr::get(op.getContext()));
  return kernels.share(kernel, "attention_");
}

/// A tile meets half of the columns, as far as anyone knows.
void AttentionScheduler::attendMany(AttentionBuilder &b) {
  func::FuncOp kernel = share(makeManyRowsKernel(b.plan), b.op);
  int64_t each = b.shape.columns() * (b.op.depth() + b.op.width()) / 2;
  SmallVector<Value> arguments(b.op->getOperands());
  arguments.push_back(b.multiply(b.columns, each));
  func::CallOp::create(b, kernel, arguments);
}

void AttentionScheduler::attendFew(AttentionBuilder &b) {
  // 1. The chunks that some row of some batch sees; one where there is none.
  auto seen = b.loop(b.batch, {b.columns, b.index(0)}, [&](Value batch, ValueRange before) {
    AttentionBuilder::Range range = b.rangeOfAll(batch);
    return VectorBuilder::Values{b.least(before[0], range.low), b.most(before[1], range.high)};
  });
  Value size = b.index(columnsOfChunk);
  Value first = b.divide(seen[0], size);
  Value behind = b.divide(b.add(seen[1], b.index(columnsOfChunk - 1)), size);
  Value chunks = b.most(b.subtract(behind, first), b.index(1));
  // 2. Their sums, then all.
  Value pairs = b.multiply(b.batch, b.groups);
  Value sumsOfAll = b.multiply(b.multiply(pairs, chunks), b.rowsOfGroup);
  Type f32 = b.getF32Type();
  int64_t width = widthOfSums(b.plan);
  Value sums = b.allocate({ShapedType::kDynamic, width}, f32, sumsOfAll),
        statistics = b.allocate({ShapedType::kDynamic, 2}, f32, sumsOfAll);
  SmallVector<Value> arguments(b.op->getOperands());
  size_t operands = arguments.size();
  Value columnsOfUnit = b.least(size, b.most(b.subtract(seen[1], seen[0]), b.index(0)));
  Value work = b.multiply(b.multiply(columnsOfUnit, b.op.depth() + b.op.width()),
                          b.add(b.rowsOfGroup, b.index(costOfColumn)));
  llvm::append_values(arguments, sums, statistics, first, chunks, work);
  func::CallOp::create(b, share(makeFewRowsKernel(b.plan), b.op), arguments);
  arguments.truncate(operands);
  llvm::append_values(arguments, sums, statistics, chunks, b.multiply(chunks, width));
  func::CallOp::create(b, share(makeCombineChunksKernel(b.plan), b.op), arguments);
  memref::DeallocOp::create(b, sums);
  memref::DeallocOp::create(b, statistics);
}

void AttentionScheduler::schedule(const AttentionPlan &plan) {
  fused::AttentionOp op = plan.op;
  auto kernel = op->getParentOfType<func::FuncOp>();
  AttentionBuilder b(plan);
  b.setInsertionPoint(op);
  b.readOperands(op->getOperands());
  auto known = getConstantIntValue(b.rows);
  if (known) {
    *known > mostFewRows ? attendMany(b) : attendFew(b);
  } else {
    Value isMany =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, b.rows, b.index(mostFewRows));
    auto choice = scf::IfOp::create(b, isMany, /*withElseRegion=*/true);
    b.setInsertionPointToStart(choice.thenBlock());
    attendMany(b);
    b.setInsertionPointToStart(choice.elseBlock());
    attendFew(b);
  }
  op.erase();
  kernel->setAttr(names::kernel, b.getStringAttr(""));
}

namespace {
struct ScheduleAttentionPass : retort::impl::ScheduleAttentionPassBase<ScheduleAttentionPass> {
  using Base::Base;
  void runOnOperation() override {
    auto target = requireTarget(getOperation(), targetCpu);
    if (failed(target))
      return signalPassFailure();
    int64_t registers = target->getVectorRegisters();
    TileShape shape{registers >= 32 ? 12 : 6, 2, target->lanes()};
    AttentionScheduler scheduler(getOperation());
    SmallVector<fused::AttentionOp> ops;
    getOperation().walk([&](fused::AttentionOp op) { ops.push_back(op); });
    for (fused::AttentionOp op : ops)
      scheduler.schedule({op, shape, registers});
  }
};
} // namespace
