// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives the values of an If a rank where its branches differ in it: what uses such a value moves
// into both branches, as far as it takes until both give the same rank.
//   %y = onnx.If(%c) { yield onnx.Squeeze(%x) } { yield %x }
//   %z = onnx.ReduceMax(%y)
//     ->  %z = onnx.If(%c) { yield onnx.ReduceMax(onnx.Squeeze(%x)) } { yield onnx.ReduceMax(%x) }
#include "lib/Simplify/Simplifications.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace retort;

/// More operations would double too much of a graph.
static constexpr size_t mostSunk = 256;

static bool hasRank(Value value) { return isa<RankedTensorType>(value.getType()); }

static Value valueOf(Region &branch, unsigned i) {
  return branch.front().getTerminator()->getOperand(i);
}

/// The first result of unknown rank of which both branches know one.
static std::optional<unsigned> findUnranked(onnx::IfOp op) {
  for (OpResult result : op->getResults()) {
    unsigned i = result.getResultNumber();
    if (!hasRank(result) && !result.use_empty() && hasRank(valueOf(op.getThenBranch(), i)) &&
        hasRank(valueOf(op.getElseBranch(), i)))
      return i;
  }
  return std::nullopt;
}

/// The operation in the block of `op` that uses the value, itself or in its graphs.
static Operation *firstUser(Operation *op, Value value) {
  Operation *first = nullptr;
  for (Operation *user : value.getUsers()) {
    Operation *here = op->getBlock()->findAncestorOpInBlock(*user);
    if (here && (!first || here->isBeforeInBlock(first)))
      first = here;
  }
  return first;
}

/// Everything that an operation and its graphs use.
static void forEachUsed(Operation *op, function_ref<void(Value)> visit) {
  op->walk([&](Operation *inner) { llvm::for_each(inner->getOperands(), visit); });
}

namespace {
/// What `user` needs of the operations between an If and itself.
struct Slice {
  /// They depend on the If: they move into its branches, `user` last.
  SmallVector<Operation *> sunk;
  /// They do not: they move before it.
  SmallVector<Operation *> hoisted;
};
} // namespace

static Slice sliceBetween(Operation *branch, Operation *user) {
  DenseSet<Operation *> needed{user}, depending{branch};
  SmallVector<Operation *> work{user};
  while (!work.empty())
    forEachUsed(work.pop_back_val(), [&](Value value) {
      Operation *op = value.getDefiningOp();
      if (op && op->getBlock() == branch->getBlock() && branch->isBeforeInBlock(op) &&
          needed.insert(op).second)
        work.push_back(op);
    });
  Slice slice;
  for (Operation *op = branch->getNextNode();; op = op->getNextNode()) {
    if (!needed.contains(op))
      continue;
    bool depends = false;
    forEachUsed(op, [&](Value value) { depends |= depending.contains(value.getDefiningOp()); });
    if (depends)
      depending.insert(op);
    (depends ? slice.sunk : slice.hoisted).push_back(op);
    if (op == user)
      return slice;
  }
}

/// The values of an If and of what is sunk into it that something else uses.
static SmallVector<Value> valuesToKeep(Operation *branch, const Slice &slice) {
  SmallVector<Value> kept;
  auto keep = [&](Operation *op) {
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            Operation *here = branch->getBlock()->findAncestorOpInBlock(*user);
            return !llvm::is_contained(slice.sunk, here);
          }))
        kept.push_back(result);
  };
  keep(branch);
  llvm::for_each(slice.sunk, keep);
  return kept;
}

/// The branch with the sunk operations at its end, which gives what takes the place of `kept`.
static void extend(RewriterBase &rewriter, Operation *branch, Region &region, const Slice &slice,
                   ArrayRef<Value> kept) {
  Operation *end = region.front().getTerminator();
  IRMapping map;
  for (auto [result, value] : llvm::zip(branch->getResults(), end->getOperands()))
    map.map(result, value);
  rewriter.setInsertionPoint(end);
  for (Operation *op : slice.sunk)
    for (OpResult result : rewriter.clone(*op, map)->getResults())
      if (auto shaped = dyn_cast<ShapedType>(result.getType()))
        result.setType(UnrankedTensorType::get(shaped.getElementType()));
  rewriter.modifyOpInPlace(end, [&] {
    end->setOperands(llvm::map_to_vector(kept, [&](Value value) { return map.lookup(value); }));
  });
}

Operation *retort::sinkIntoBranches(RewriterBase &rewriter, Operation *op) {
  auto branch = dyn_cast<onnx::IfOp>(op);
  auto unranked = branch ? findUnranked(branch) : std::nullopt;
  if (!unranked)
    return nullptr;
  Operation *user = firstUser(op, op->getResult(*unranked));
  if (!user || user->hasTrait<OpTrait::IsTerminator>())
    return nullptr;
  Slice slice = sliceBetween(op, user);
  if (slice.sunk.size() > mostSunk)
    return nullptr;
  for (Operation *each : slice.hoisted)
    rewriter.moveOpBefore(each, op);
  SmallVector<Value> kept = valuesToKeep(op, slice);
  for (Region *region : {&branch.getThenBranch(), &branch.getElseBranch()})
    extend(rewriter, op, *region, slice, kept);
  rewriter.setInsertionPoint(op);
  auto wider =
      onnx::IfOp::create(rewriter, op->getLoc(), TypeRange(ValueRange(kept)), branch.getCond());
  for (auto [from, to] : llvm::zip(op->getRegions(), wider->getRegions()))
    to.takeBody(from);
  rewriter.replaceAllUsesWith(kept, wider->getResults());
  for (Operation *each : llvm::reverse(slice.sunk))
    rewriter.eraseOp(each);
  rewriter.eraseOp(op);
  return wider;
}
