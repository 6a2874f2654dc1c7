// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes products with constant weights in tiles that stay in registers.
//   kernel(x, w, y) { linear.product }   ->   kernel(x, w, y) { if few rows: pack_0(x, p) ;
//   multiply_0(p, w, y)
//                                                               else: pack_1(x, p) ; multiply_1(p,
//                                                               w, y) }
#include "lib/Codegen/KernelNames.h"
#include "lib/Codegen/LinearKernels.h"
#include "lib/Codegen/StepTable.h"

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
      : module(module), choice(choice), fetchesAhead(fetchesAhead) {}
  LogicalResult schedule(linear::ProductOp product);
  /// Why steps that could have been taken are not.
  const Refusals &missed() const { return refusals; }

private:
  void callKernels(ImplicitLocOpBuilder &b, const KernelPlan &plan);
  SmallVector<Value> packRows(ImplicitLocOpBuilder &b, const KernelPlan &plan);
  func::FuncOp share(func::FuncOp kernel, linear::ProductOp product);

  ModuleOp module;
  StepChoice choice;
  bool fetchesAhead;
  Refusals refusals;
  llvm::StringMap<func::FuncOp> kernels; // by their text
};
} // namespace

/// The kernel, or one of the same text that is there already; named after the first product.
func::FuncOp Scheduler::share(func::FuncOp kernel, linear::ProductOp product) {
  std::string text;
  llvm::raw_string_ostream(text) << *kernel;
  func::FuncOp &known = kernels[text];
  if (known) {
    kernel.erase();
    return known;
  }
  std::string what = kernelName(product);
  kernel.setName(("linear_" + kernel.getName() + "_" + std::to_string(kernels.size() - 1) +
                  StringRef(what).drop_front(strlen("linear")))
                     .str());
  module.push_back(kernel);
  return known = kernel;
}

static Value index(OpBuilder &b, Location loc, int64_t i) {
  return arith::ConstantIndexOp::create(b, loc, i);
}

/// Returns what the rows are packed into.
SmallVector<Value> Scheduler::packRows(ImplicitLocOpBuilder &b, const KernelPlan &plan) {
  linear::ProductOp product = plan.product;
  func::FuncOp pack = share(makePackKernel(plan), product);
  Value rows = memref::DimOp::create(b, product.getInit(), 0);
  Value tiles = arith::CeilDivUIOp::create(b, rows, index(b, b.getLoc(), plan.shape.rows));
  SmallVector<Value> scratch;
  for (MemRefType type : plan.scratch())
    scratch.push_back(memref::AllocOp::create(b, type, tiles, b.getI64IntegerAttr(64)));
  SmallVector<Value> arguments{product.getRows()};
  arguments.append(scratch);
  int64_t work = costOfMove * plan.shape.rows * plan.weight.order().padded();
  arguments.push_back(index(b, b.getLoc(), work));
  func::CallOp::create(b, pack, arguments);
  return scratch;
}

void Scheduler::callKernels(ImplicitLocOpBuilder &b, const KernelPlan &plan) {
  linear::ProductOp product = plan.product;
  SmallVector<Value> scratch = packRows(b, plan);
  func::FuncOp multiply = makeTileKernel(plan);
  unsigned init = multiply.getNumArguments() - 2;
  auto kernel = product->getParentOfType<func::FuncOp>();
  if (auto argument = dyn_cast<BlockArgument>(product.getInit()))
    if (kernel.getArgAttr(argument.getArgNumber(), names::noalias))
      multiply.setArgAttr(init, names::noalias, b.getUnitAttr());
  SmallVector<Value> arguments(scratch);
  llvm::append_range(arguments, product.getWeight());
  int64_t depth = plan.weight.depth / plan.countBlocks();
  int64_t work = (plan.shape.rows + costOfWeight) * depth * linear::panelWidth;
  arguments.append({product.getInit(), index(b, b.getLoc(), work)});
  func::CallOp::create(b, share(multiply, product), arguments);
  for (Value buffer : scratch)
    memref::DeallocOp::create(b, buffer);
}

LogicalResult Scheduler::schedule(linear::ProductOp product) {
  auto kernel = product->getParentOfType<func::FuncOp>();
  StepWeight weight = StepWeight::of(product);
  auto table = stepTable(weight, choice, [&](const MultiplyStep &step, StringRef why) {
    refusals.add(step.name() + " does not take a product: " + why, product.getLoc());
  });
  if (table.empty())
    return product.emitOpError() << "has no step that multiplies it";
  ImplicitLocOpBuilder b(product.getLoc(), product);
  Value rows;
  if (table.size() > 1)
    rows = memref::DimOp::create(b, product.getInit(), 0);
  for (const StepUse &use : llvm::reverse(table)) {
    KernelPlan plan{product, weight, *use.step, use.shape, choice.isPortable, fetchesAhead};
    if (use.fromRows == table.front().fromRows) {
      callKernels(b, plan);
      break;
    }
    Value isMany = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, rows,
                                         index(b, b.getLoc(), use.fromRows));
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
                           << "expects 'numerics' to be exact or accurate, found '" << numerics
                           << "'");
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
