// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks of sizes at run time, and what of them is known before.
//   %n = index of a number that the model computes
//   tensor.empty(%n, %m)   ->   cf.assert (0 <= %n), cf.assert (max(%n, 1) * max(%m, 1) <= 2^59)
//
// Sizes of tensors that exist are trusted: they were checked when the tensor was made, or the
// runtime did. A product of such sizes can still overflow; the allocation finds that.
#include "lib/Lower/Emitter.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace retort;

/// Whether what is true of the sizes of tensors is true of a value that is made of such: sums,
/// products and quotients hand it on, and one operand of `OneIsEnough`.
template <typename OneIsEnough>
static bool followsFromSizes(Value value, unsigned depth, function_ref<bool(Value)> isTrueOf) {
  Operation *op = value.getDefiningOp();
  if (depth == 0 || !op)
    return false;
  if (isa<tensor::DimOp>(op))
    return true;
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return isTrueOf(select.getTrueValue()) && isTrueOf(select.getFalseValue());
  if (isa<OneIsEnough>(op))
    return llvm::any_of(op->getOperands(), isTrueOf);
  return isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::IndexCastOp, arith::MinSIOp,
             arith::MaxSIOp>(op) &&
         llvm::all_of(op->getOperands(), isTrueOf);
}

bool retort::isNeverNegative(Value value, unsigned depth) {
  if (auto number = constantOf(value))
    return *number >= 0;
  return followsFromSizes<arith::MaxSIOp>(
      value, depth, [&](Value operand) { return isNeverNegative(operand, depth - 1); });
}

bool Emitter::isTrusted(Value size) const {
  return llvm::any_of(trusted, [&](const auto &scope) { return scope.contains(size); });
}

bool Emitter::isBounded(Value value, unsigned depth) {
  if (isTrusted(value) || constantOf(value))
    return true;
  auto difference = value.getDefiningOp<arith::SubIOp>();
  if (difference && depth > 0)
    return isBounded(difference.getLhs(), depth - 1) && isNeverNegative(difference.getRhs());
  return followsFromSizes<arith::MinSIOp>(
      value, depth, [&](Value operand) { return isBounded(operand, depth - 1); });
}

void Emitter::require(Value condition, Operation *op, StringRef problem) {
  if (constantOf(condition) == -1 || constantOf(condition) == 1)
    return;
  cf::AssertOp::create(*this, condition, (describe(op) + ": " + problem).str());
}

void Emitter::requireWithin(Value low, Value value, Value high, StringRef problem) {
  require(both(lessOrEqual(low, value), lessOrEqual(value, high)), problem);
}

void Emitter::requireNotNegative(ArrayRef<Value> sizes) {
  for (Value size : sizes)
    if (!isNeverNegative(size) && !isTrusted(size))
      require(lessOrEqual(index(0), size), "expects sizes that are not negative");
}

void Emitter::requireFit(ArrayRef<Value> sizes) {
  requireNotNegative(sizes);
  double known = 1;
  SmallVector<Value> others;
  for (Value size : sizes)
    if (auto number = constantOf(size))
      known *= double(std::max<int64_t>(*number, 1));
    else
      others.push_back(size);
  if (others.empty() && known <= mostElements)
    return;
  // Floating point, so that no product overflows.
  Value total = real(known, getF64Type());
  for (Value size : others) {
    Value number =
        arith::SIToFPOp::create(*this, getF64Type(), fromIndex(max(size, index(1)), getI64Type()));
    total = createOrFold<arith::MulFOp>(total, number);
  }
  Value fits = createOrFold<arith::CmpFOp>(arith::CmpFPredicate::OLE, total,
                                           real(mostElements, getF64Type()));
  require(fits, "not enough memory for a result of these sizes");
  trusted.back().insert(others.begin(), others.end());
}
