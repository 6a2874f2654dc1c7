// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   %s = onnx.Gather(%wkv, 0); %next = onnx.Add(onnx.Mul(%s, %w), %kv); return ..., Concat(%next
//   ...)
//     ->  %y, %next = llm.retention gated(%q, %k, %v state %s decay %g)
#include "lib/Recurrence/StepUpdates.h"

#include "lib/Recurrence/StateUpdate.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// Whether an operation moves elements, or puts them beside others, at most.
static bool onlyMoves(Operation *op) {
  return onnx::isReshape(op) ||
         isa<onnx::TransposeOp, onnx::ConcatOp, onnx::IdentityOp, onnx::SliceOp, onnx::SplitOp>(op);
}

/// Part of an argument of floats.
static bool isPartOfArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!onnx::isReshape(op) &&
        !isa<onnx::TransposeOp, onnx::IdentityOp, onnx::SliceOp, onnx::SplitOp, onnx::GatherOp>(op))
      return false;
    value = op->getOperand(0);
  }
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<BlockArgument>(value) && isa<FloatType>(type.getElementType());
}

/// Whether a use hands the value on to results of the graph, and does nothing else.
static bool leadsToResult(OpOperand &use) {
  Operation *op = use.getOwner();
  if (op->hasTrait<OpTrait::IsTerminator>())
    return true;
  return onlyMoves(op) && !op->use_empty() && llvm::all_of(op->getResults(), [](Value result) {
           return llvm::all_of(result.getUses(), leadsToResult);
         });
}

/// The parts of arguments of one type that a product is made of.
static void collectStates(Value value, Type type, int depth, SmallVectorImpl<Value> &states) {
  if (isPartOfArgument(value)) {
    if (value.getType() == type)
      states.push_back(value);
  } else if (auto product = value.getDefiningOp<onnx::MulOp>(); product && depth < 4) {
    for (Value operand : product->getOperands())
      collectStates(operand, type, depth + 1, states);
  }
}

void retort::recognizeStepUpdates(func::FuncOp function, Refusals &missed) {
  SmallVector<std::pair<Value, Value>> found; // before, after
  for (auto sum : function.getBody().front().getOps<onnx::AddOp>()) {
    if (llvm::none_of(sum->getUses(), leadsToResult))
      continue;
    SmallVector<Value> states;
    for (Value operand : sum->getOperands())
      collectStates(operand, sum.getResult().getType(), 0, states);
    if (states.size() == 1)
      found.push_back({states.front(), sum.getResult()});
  }
  for (auto [before, after] : found) {
    Refusal why;
    Location place = after.getLoc();
    if (failed(replaceUpdate(before, after, leadsToResult, why)))
      missed.add(why, place);
  }
}
