// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves linalg operations, linear products and fused operations on buffers into functions that
// equal ones share.
//   linalg.generic {exp} (%a) outs(%b)   ->   call @kernel_0(%a, %b)
#include "dialects/Fused/Fused.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Retort/FunctionNames.h"
#include "dialects/Retort/Names.h"
#include "lib/Codegen/KernelNames.h"

#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace retort {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "lib/Codegen/OutlineKernels.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static Value rootOf(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Two values of different memory: distinct allocations, or an allocation and anything that existed
/// before it.
static bool mayShareMemory(Value a, Value b) {
  Value left = rootOf(a), right = rootOf(b);
  if (left == right)
    return true;
  auto isOrigin = [](Value root) {
    return root.getDefiningOp<memref::AllocOp>() || root.getDefiningOp<memref::GetGlobalOp>() ||
           isa<func::FuncOp>(root.getParentBlock()->getParentOp());
  };
  return !isOrigin(left) || !isOrigin(right);
}

static bool isContiguous(Type type) { return cast<MemRefType>(type).getLayout().isIdentity(); }

/// memref.copy is memcpy on contiguous buffers; on others it would be a slow call into a runtime
/// library.
static void copyByLoop(memref::CopyOp copy) {
  if (isContiguous(copy.getSource().getType()) && isContiguous(copy.getTarget().getType()))
    return;
  OpBuilder builder(copy);
  int64_t rank = cast<MemRefType>(copy.getSource().getType()).getRank();
  AffineMap map = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  linalg::GenericOp::create(builder, copy.getLoc(), copy.getSource(), copy.getTarget(),
                            ArrayRef<AffineMap>{map, map}, loops,
                            [](OpBuilder &b, Location loc, ValueRange elements) {
                              linalg::YieldOp::create(b, loc, elements[0]);
                            });
  copy.erase();
}

namespace {
class Outliner {
public:
  explicit Outliner(ModuleOp module) : module(module), builder(module.getContext()) {}
  void outline(DestinationStyleOpInterface op);

private:
  func::FuncOp makeKernel(Operation *op, ArrayRef<Value> arguments, ArrayRef<Value> constants);
  void markDisjoint(func::FuncOp kernel, DestinationStyleOpInterface op, ArrayRef<Value> arguments);

  ModuleOp module;
  OpBuilder builder;
  llvm::StringMap<func::FuncOp> kernels; // by the text of the body
};
} // namespace

/// Parallel loops as `p`, summed ones as `r`; what is no linalg operation gets its loops later.
static std::string loopsOf(Operation *op) {
  std::string loops;
  if (auto nest = dyn_cast<linalg::LinalgOp>(op))
    for (utils::IteratorType kind : nest.getIteratorTypesArray())
      loops += kind == utils::IteratorType::parallel ? 'p' : 'r';
  return loops;
}

/// What computes: neither index arithmetic nor the loads that it is for.
static int64_t countOperations(Operation *op) {
  int64_t count = 0;
  op->walk([&](Operation *inner) {
    bool isNumeric = isa<arith::ArithDialect, math::MathDialect>(inner->getDialect()) &&
                     inner->getNumResults() == 1 && isa<FloatType>(inner->getResult(0).getType());
    count += isNumeric && !inner->hasTrait<OpTrait::ConstantLike>();
  });
  return count;
}

/// As `retort.operations` tells it. What a body looks up is no argument that is read as a whole.
static SmallVector<int64_t> operationsOf(Operation *op, ArrayRef<Value> arguments) {
  int64_t whole = llvm::count_if(
      arguments, [&](Value argument) { return llvm::is_contained(op->getOperands(), argument); });
  auto placeOf = [&](Value value) { return llvm::find(arguments, value) - arguments.begin(); };
  if (auto product = dyn_cast<linear::ProductOp>(op))
    return {2 * product.depth() * product.columns(), whole, placeOf(product.getInit()), 0};
  if (auto attention = dyn_cast<fused::AttentionOp>(op)) {
    // How many columns of a cache are seen depends on numbers: nothing is told then.
    if (attention.getKeyLength() || attention.getLeftWindow() || attention.getRightWindow())
      return {0, 0};
    int64_t query = placeOf(attention.getQuery());
    return {2 * (attention.depth() + attention.width()),
            whole,
            query,
            0,
            query,
            1,
            query,
            2,
            placeOf(attention.getKey()),
            2};
  }
  auto nest = cast<linalg::LinalgOp>(op);
  SmallVector<int64_t> result{countOperations(op), whole};
  SmallVector<std::pair<int64_t, int64_t>> axes;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        axes.push_back({placeOf(operand), axis});
  AffineMap places = nest.getShapesToLoopsMap();
  for (auto [i, size] : llvm::enumerate(nest.getStaticLoopRanges())) {
    auto axis = places ? dyn_cast<AffineDimExpr>(places.getResult(i)) : nullptr;
    bool isKnown = !ShapedType::isDynamic(size) || !axis || axis.getPosition() >= axes.size();
    if (isKnown)
      result.append({-1, ShapedType::isDynamic(size) ? 1 : size});
    else
      result.append({axes[axis.getPosition()].first, axes[axis.getPosition()].second});
  }
  return result;
}

func::FuncOp Outliner::makeKernel(Operation *op, ArrayRef<Value> arguments,
                                  ArrayRef<Value> constants) {
  auto type = builder.getFunctionType(ValueRange(arguments).getTypes(), {});
  auto kernel = func::FuncOp::create(builder.getUnknownLoc(), "kernel", type);
  kernel.setPrivate();
  kernel->setAttr(names::kernel, builder.getStringAttr(loopsOf(op)));
  kernel->setAttr(names::operations, builder.getDenseI64ArrayAttr(operationsOf(op, arguments)));
  OpBuilder body = OpBuilder::atBlockBegin(kernel.addEntryBlock());
  IRMapping map;
  map.map(ValueRange(arguments), kernel.getArguments());
  for (Value constant : constants)
    body.clone(*constant.getDefiningOp(), map);
  body.clone(*op, map);
  func::ReturnOp::create(body, op->getLoc());
  return kernel;
}

void Outliner::markDisjoint(func::FuncOp kernel, DestinationStyleOpInterface op,
                            ArrayRef<Value> arguments) {
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    if (!isa<MemRefType>(argument.getType()) || !llvm::is_contained(op.getDpsInits(), argument))
      continue;
    bool disjoint = llvm::none_of(arguments, [&, written = argument](Value other) {
      return other != written && isa<MemRefType>(other.getType()) && mayShareMemory(written, other);
    });
    if (disjoint)
      kernel.setArgAttr(i, names::noalias, builder.getUnitAttr());
  }
}

void Outliner::outline(DestinationStyleOpInterface op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  SmallVector<Value> arguments, constants;
  for (Value value : used)
    (matchPattern(value, m_Constant()) ? constants : arguments).push_back(value);
  func::FuncOp kernel = makeKernel(op, arguments, constants);
  markDisjoint(kernel, op, arguments);
  std::string text;
  llvm::raw_string_ostream(text) << *kernel;
  func::FuncOp &known = kernels[text];
  if (known) {
    kernel.erase();
  } else {
    known = kernel;
    known.setName(kernelName(op) + "_" + std::to_string(kernels.size() - 1));
    module.push_back(known);
  }
  builder.setInsertionPoint(op);
  func::CallOp::create(builder, op.getLoc(), known, arguments);
  op.erase();
}

namespace {
struct OutlineKernelsPass : retort::impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  void runOnOperation() override {
    getOperation().walk([](memref::CopyOp copy) { copyByLoop(copy); });
    SmallVector<DestinationStyleOpInterface> ops;
    getOperation().walk([&](DestinationStyleOpInterface op) {
      if (isa<linalg::LinalgOp, linear::ProductOp, fused::AttentionOp>(op.getOperation()))
        ops.push_back(op);
    });
    Outliner outliner(getOperation());
    for (DestinationStyleOpInterface op : ops)
      outliner.outline(op);
  }
};
} // namespace
