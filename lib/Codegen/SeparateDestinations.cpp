// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives every operation a destination of its own.
//   %z = fill(0, empty) ; %a = sum(%x) outs(%z) ; %b = sum(%y) outs(%z)
// ->
//   %z = fill(0, empty) ; %a = sum(%x) outs(%z) ; %w = fill(0, empty) ; %b = sum(%y) outs(%w)
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace retort {
#define GEN_PASS_DEF_SEPARATEDESTINATIONSPASS
#include "lib/Codegen/SeparateDestinations.h.inc"
} // namespace retort

using namespace mlir;

/// Whether the operand is what its operation, or a loop, writes into.
static bool isDestination(OpOperand &operand) {
  if (auto op = dyn_cast<DestinationStyleOpInterface>(operand.getOwner()))
    return op.isDpsInit(&operand);
  return isa<scf::ForOp>(operand.getOwner());
}

/// Whether making another one costs no more than the copy that sharing it takes.
static bool isCheap(Operation *op) {
  if (isa<tensor::EmptyOp>(op))
    return true;
  auto fill = dyn_cast<linalg::FillOp>(op);
  return fill && fill.getNumResults() == 1 &&
         fill.getOutputs().front().getDefiningOp<tensor::EmptyOp>();
}

/// A copy of it for each of its readers but one that writes into it.
static void separate(Operation *op) {
  Value value = op->getResult(0);
  SmallVector<OpOperand *> destinations;
  for (OpOperand &use : value.getUses())
    if (isDestination(use))
      destinations.push_back(&use);
  if (destinations.empty() || value.hasOneUse())
    return;
  for (OpOperand *use : destinations) {
    OpBuilder builder(use->getOwner());
    use->set(builder.clone(*op)->getResult(0));
  }
  if (op->use_empty())
    op->erase();
}

namespace {
struct SeparateDestinationsPass
    : retort::impl::SeparateDestinationsPassBase<SeparateDestinationsPass> {
  void runOnOperation() override {
    // Fills first: each copy of one then gets an empty tensor of its own.
    SmallVector<Operation *> fills, empties;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::FillOp>(op) && isCheap(op))
        fills.push_back(op);
    });
    llvm::for_each(fills, separate);
    getOperation().walk([&](tensor::EmptyOp op) { empties.push_back(op); });
    llvm::for_each(empties, separate);
  }
};
} // namespace
