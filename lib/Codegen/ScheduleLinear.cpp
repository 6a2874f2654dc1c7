// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes products with constant weights in tiles that stay in registers.
//   kernel(x, w, y) { linear.product }   ->   kernel(x, w, y) { if few rows: pack_0(x, p) ;
//   multiply_0(p, w, y)
//                                                               else: pack_1(x, p) ; multiply_1(p,
//                                                               w, y) }
#include "lib/Codegen/KernelNames.h"
#include "lib/Codegen/LinearKernels.h"
#include "lib/Codegen/SharedKernels.h"
#include "lib/Codegen/StepTable.h"

#include "dialects/Linear/BlockStep.h"
#include "dialects/Retort/Names.h"
#include "lib/Support/Refusal.h"
#include "lib/Target/DescribeTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_SCHEDULELINEARPASS
#include "lib/Codegen/ScheduleLinear.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Fetching an element of the weight takes as long as so many multiplications.
static constexpr int64_t costOfWeight = 6;

/// Moving an element of the rows takes as long as so many: they come from memory, and a thread is
/// to pack the rows that it multiplies.
static constexpr int64_t costOfMove = 8;

namespace {
class Scheduler {
public:
  Scheduler(ModuleOp module, const StepChoice &choice, bool fetchesAhead)
      : module(module), choice(choice), fetchesAhead(fetchesAhead), kernels(module) {}
  LogicalResult schedule(linear::ProductOp product);
  /// Why steps that could have been taken are not.
  const Refusals &missed() const { return refusals; }

private:
  void callKernels(VectorBuilder &b, const KernelPlan &plan);
  void tryKernels(VectorBuilder &b, const KernelPlan &plan, Value isMany);
  SmallVector<Value> packRows(VectorBuilder &b, const KernelPlan &plan);
  void multiply(VectorBuilder &b, const KernelPlan &plan, ValueRange scratch);
  void release(VectorBuilder &b, ValueRange scratch);
  func::FuncOp share(func::FuncOp kernel, linear::ProductOp product);

  ModuleOp module;
  StepChoice choice;
  bool fetchesAhead;
  Refusals refusals;
  SharedKernels kernels;
};
} // namespace

/// Named after the first product.
func::FuncOp Scheduler::share(func::FuncOp kernel, linear::ProductOp product) {
  std::string what = kernelName(product);
  return kernels.share(kernel, "linear_", StringRef(what).drop_front(strlen("linear")));
}

/// Returns what the rows are packed into.
SmallVector<Value> Scheduler::packRows(VectorBuilder &b, const KernelPlan &plan) {
  linear::ProductOp product = plan.product;
  func::FuncOp pack = share(makePackKernel(plan), product);
  Value rows = memref::DimOp::create(b, product.getInit(), 0);
  Value tiles = arith::CeilDivUIOp::create(b, rows, b.index(plan.shape.rows));
  SmallVector<Value> scratch;
  for (MemRefType type : plan.scratch())
    scratch.push_back(memref::AllocOp::create(b, type, tiles, b.getI64IntegerAttr(64)));
  SmallVector<Value> arguments{product.getRows()};
  arguments.append(scratch);
  int64_t work = costOfMove * plan.shape.rows * plan.weight.order().padded();
  arguments.push_back(b.index(work));
  func::CallOp::create(b, pack, arguments);
  return scratch;
}

/// Multiplications that an innermost shared round of the kernel does.
static Value workOf(VectorBuilder &b, const KernelPlan &plan) {
  int64_t depth = plan.weight.depth * linear::panelWidth;
  if (!plan.step.asBlockStep())
    return b.index((plan.shape.rows + costOfWeight) * depth / plan.countBlocks());
  Value rows = memref::DimOp::create(b, linear::ProductOp(plan.product).getInit(), 0);
  return b.multiply(b.add(rows, b.index(costOfWeight)), depth * panelsOfStrip(plan));
}

void Scheduler::multiply(VectorBuilder &b, const KernelPlan &plan, ValueRange scratch) {
  linear::ProductOp product = plan.product;
  func::FuncOp multiply = plan.step.asBlockStep() ? makeBlockKernel(plan) : makeTileKernel(plan);
  unsigned init = multiply.getNumArguments() - 2;
  auto kernel = product->getParentOfType<func::FuncOp>();
  if (auto argument = dyn_cast<BlockArgument>(product.getInit()))
    if (kernel.getArgAttr(argument.getArgNumber(), names::noalias))
      multiply.setArgAttr(init, names::noalias, b.getUnitAttr());
  SmallVector<Value> arguments(scratch);
  llvm::append_range(arguments, product.getWeight());
  arguments.append({product.getInit(), workOf(b, plan)});
  func::CallOp::create(b, share(multiply, product), arguments);
}

void Scheduler::release(VectorBuilder &b, ValueRange scratch) {
  for (Value buffer : scratch)
    memref::DeallocOp::create(b, buffer);
}

void Scheduler::callKernels(VectorBuilder &b, const KernelPlan &plan) {
  SmallVector<Value> scratch = packRows(b, plan);
  multiply(b, plan, scratch);
  release(b, scratch);
}

/// Where there are enough rows, the unit is there, and it takes them; leaves the builder where
/// products go that it does not take.
void Scheduler::tryKernels(VectorBuilder &b, const KernelPlan &plan, Value isMany) {
  const BlockStep &step = *plan.step.asBlockStep();
  Value isTried = isMany;
  if (!plan.isPortable)
    isTried = arith::AndIOp::create(b, isMany, step.isPermitted(b, module));
  auto tried = scf::IfOp::create(b, b.getI1Type(), isTried, /*withElseRegion=*/true);
  b.setInsertionPointToStart(tried.thenBlock());
  SmallVector<Value> scratch = packRows(b, plan);
  Value can = step.canMultiply(b, scratch);
  auto taken = scf::IfOp::create(b, can, /*withElseRegion=*/false);
  b.setInsertionPointToStart(taken.thenBlock());
  multiply(b, plan, scratch);
  b.setInsertionPointAfter(taken);
  release(b, scratch);
  scf::YieldOp::create(b, can);
  b.setInsertionPointToStart(tried.elseBlock());
  scf::YieldOp::create(b, isTried);
  b.setInsertionPointAfter(tried);
  auto rest = scf::IfOp::create(b, tried.getResult(0), /*withElseRegion=*/true);
  b.setInsertionPointToStart(rest.elseBlock());
}

LogicalResult Scheduler::schedule(linear::ProductOp product) {
  auto kernel = product->getParentOfType<func::FuncOp>();
  StepWeight weight = StepWeight::of(product);
  auto table = stepTable(weight, choice, [&](const MultiplyStep &step, StringRef why) {
    refusals.add(step.name() + " does not take a product: " + why, product.getLoc());
  });
  if (table.empty() || table.front().step->asBlockStep())
    return product.emitOpError() << "has no step that multiplies it";
  VectorBuilder b(product, table.front().shape);
  Value rows;
  if (table.size() > 1)
    rows = memref::DimOp::create(b, product.getInit(), 0);
  // From the line for most rows to that for fewest: what one does not do falls to the next.
  for (const StepUse &use : llvm::reverse(table)) {
    KernelPlan plan{product, weight, *use.step, use.shape, choice.isPortable, fetchesAhead};
    if (&use == &table.front()) {
      callKernels(b, plan);
      break;
    }
    Value isMany = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, rows, b.index(use.fromRows));
    if (use.step->asBlockStep()) {
      tryKernels(b, plan, isMany);
      continue;
    }
    auto split = scf::IfOp::create(b, isMany, /*withElseRegion=*/true);
    b.setInsertionPointToStart(split.thenBlock());
    callKernels(b, plan);
    b.setInsertionPointToStart(split.elseBlock());
  }
  product.erase();
  kernel->setAttr(names::kernel, b.getStringAttr(""));
  return success();
}

/// Intel's servers: a core waits for the weights of the next panel there, which its own prefetcher
/// finds only after it has begun; Zen's cores do not (README.md).
static bool gainsFromPrefetch(TargetAttr target) {
  return llvm::is_contained({"skylake-avx512", "cascadelake", "cooperlake", "icelake-server",
                             "sapphirerapids", "emeraldrapids", "graniterapids", "graniterapids-d"},
                            target.getCpu());
}

namespace {
struct ScheduleLinearPass : retort::impl::ScheduleLinearPassBase<ScheduleLinearPass> {
  using Base::Base;

  FailureOr<StepChoice> readOptions() {
    auto asked = numericsNamed(numerics);
    if (!asked)
      return LogicalResult(getOperation().emitError()
                           << "expects 'numerics' to be exact, accurate or fast, found '"
                           << numerics << "'");
    if (prefetch != "auto" && prefetch != "none" && prefetch != "next-panel")
      return LogicalResult(getOperation().emitError()
                           << "expects 'prefetch' to be auto, none or next-panel, found '"
                           << prefetch << "'");
    auto target = requireTarget(getOperation(), targetCpu);
    if (failed(target))
      return failure();
    return StepChoice{*target, *asked, portableSteps};
  }

  void runOnOperation() override {
    auto choice = readOptions();
    if (failed(choice))
      return signalPassFailure();
    bool fetchesAhead =
        prefetch == "next-panel" || (prefetch == "auto" && gainsFromPrefetch(choice->target));
    Scheduler scheduler(getOperation(), *choice, fetchesAhead);
    SmallVector<linear::ProductOp> products;
    getOperation().walk([&](linear::ProductOp product) { products.push_back(product); });
    for (linear::ProductOp product : products) {
      if (!isa<linear::LinearFormatKernel>(product.getFormat())) {
        product.emitOpError() << "has no kernel for the format " << product.getFormat();
        return signalPassFailure();
      }
      if (failed(scheduler.schedule(product)))
        return signalPassFailure();
    }
    reportMissed(scheduler.missed(), getArgument(), "codegen");
  }
};
} // namespace
