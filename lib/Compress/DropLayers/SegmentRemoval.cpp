// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes segments out of the residual stream:
//
//   %y = onnx.Add(%x, %f), onnx.MatMul(norm(%y), %w)   ==>   onnx.MatMul(norm(%x), %w)
#include "lib/Compress/DropLayers/SegmentRemoval.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Analysis/Roles.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace retort;

SegmentRemoval::SegmentRemoval(ArrayRef<ResidualSegment> segments)
    : before(segments.front().before), behind(segments.back().behind) {
  for (const ResidualSegment &segment : segments)
    operations.insert_range(segment.operations);
}

/// The function's own results that hold a state.
static bool isState(OpOperand &use) {
  auto function = use.getOwner()->getParentOfType<func::FuncOp>();
  return isa<func::ReturnOp>(use.getOwner()) && function &&
         roleOfResult(function, use.getOperandNumber()).starts_with("present:");
}

/// Whether a value holds integers, what comes in, or what is computed here, moved at most.
bool SegmentRemoval::isOwn(Value value) const {
  Operation *op = value.getDefiningOp();
  auto type = dyn_cast<ShapedType>(value.getType());
  return !op || operations.contains(op) || (type && type.getElementType().isInteger()) ||
         (onnx::movementOf(op) &&
          llvm::all_of(op->getOperands(), [&](Value operand) { return isOwn(operand); }));
}

/// Whether what comes in is handed on as a state of the model alone. A state of several layers is
/// none of one.
bool SegmentRemoval::becomesState(OpOperand &use) const {
  Operation *op = use.getOwner();
  if (isState(use))
    return true;
  return (onnx::movementOf(op) || onnx::isConversion(op)) && op->getNumResults() > 0 &&
         isOwn(op->getResult(0)) &&
         llvm::all_of(op->getUses(), [&](OpOperand &next) { return becomesState(next); });
}

Refusal SegmentRemoval::whyNot(onnx::SymbolicDims &dims) const {
  if (before.getType() != behind.getType() || !dims.sameShape(before, behind))
    return llvm::formatv("it reads {0} and gives {1}", before.getType(), behind.getType());
  for (Operation *op : operations)
    for (OpOperand &use : op->getUses()) {
      Operation *user = op->getBlock()->findAncestorOpInBlock(*use.getOwner());
      if (use.get() == behind || operations.contains(user) || onnx::asksShape(user) ||
          becomesState(use))
        continue;
      return "what it computes is read by '" + user->getName().getStringRef() + "' elsewhere";
    }
  return {};
}

/// Those that ask for the sizes of what goes ask for those of the stream, where these are the same.
void SegmentRemoval::bypass(RewriterBase &rewriter) {
  onnx::SymbolicDims dims(before.getParentRegion()->getParentOfType<func::FuncOp>());
  for (Operation *op : operations)
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses()))
      if (use.get() != behind && onnx::asksShape(use.getOwner()) &&
          dims.sameShape(use.get(), before))
        use.set(before);
  rewriter.replaceAllUsesWith(behind, before);
}

static void eraseDead(RewriterBase &rewriter, Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
}

static std::string nameOfResult(func::FuncOp function, unsigned i) {
  auto name = function.getResultAttrOfType<StringAttr>(i, "onnx.name");
  return name ? name.str() : "result " + std::to_string(i);
}

/// Which results are states that come from these operations.
static llvm::BitVector statesOf(func::FuncOp function, ArrayRef<SegmentRemoval> removals) {
  Operation *end = function.front().getTerminator();
  llvm::BitVector gone(end->getNumOperands());
  for (unsigned i = 0; i < end->getNumOperands(); ++i) {
    if (!roleOfResult(function, i).starts_with("present:"))
      continue;
    Operation *op = end->getOperand(i).getDefiningOp();
    auto isOurs = [&](Operation *op) {
      return op && llvm::any_of(removals, [&](const SegmentRemoval &r) { return r.contains(op); });
    };
    // Behind the segment a state may be moved, or joined with what was before.
    SmallVector<Operation *> pending{op};
    llvm::SmallPtrSet<Operation *, 8> seen;
    while (!pending.empty() && !gone[i]) {
      Operation *each = pending.pop_back_val();
      if (!each || !seen.insert(each).second)
        continue;
      if (isOurs(each))
        gone.set(i);
      else if (onnx::movementOf(each) || onnx::isConversion(each))
        for (Value operand : each->getOperands())
          pending.push_back(operand.getDefiningOp());
    }
  }
  return gone;
}

/// Sizes of a state that goes are those of one that stays.
static void askAnother(func::FuncOp function, BlockArgument state, const llvm::StringSet<> &gone) {
  onnx::SymbolicDims dims(function);
  for (BlockArgument other : function.getArguments()) {
    StringRef role = roleOfArgument(function, other.getArgNumber());
    if (other == state || !role.consume_front("past:") || gone.contains(role) ||
        !dims.sameShape(state, other))
      continue;
    for (OpOperand &use : llvm::make_early_inc_range(state.getUses()))
      if (onnx::asksShape(use.getOwner()))
        use.set(other);
    return;
  }
}

RemovedStates retort::eraseBypassed(RewriterBase &rewriter, func::FuncOp function,
                                    ArrayRef<SegmentRemoval> removals) {
  RemovedStates removed;
  llvm::BitVector results = statesOf(function, removals);
  Operation *end = function.front().getTerminator();
  llvm::StringSet<> numbers;
  for (unsigned i : results.set_bits()) {
    removed.outputs.push_back(nameOfResult(function, i));
    numbers.insert(roleOfResult(function, i).drop_front(StringRef("present:").size()));
  }
  end->eraseOperands(results);
  (void)function.eraseResults(results);
  eraseDead(rewriter, function.front());
  auto isGone = [&](BlockArgument argument) {
    StringRef role = roleOfArgument(function, argument.getArgNumber());
    return role.consume_front("past:") && numbers.contains(role);
  };
  llvm::BitVector arguments(function.getNumArguments());
  for (BlockArgument argument : function.getArguments()) {
    if (!isGone(argument))
      continue;
    askAnother(function, argument, numbers);
    if (!argument.use_empty())
      continue;
    arguments.set(argument.getArgNumber());
    removed.inputs.push_back(onnx::valueName(argument).str());
  }
  (void)function.eraseArguments(arguments);
  return removed;
}
