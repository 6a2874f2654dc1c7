// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds what blocks of a model hand on.
//
// 1. Forwards from the tokens, backwards from the logits: the operations on the way.
// 2. In their order, a value is a hidden state where nothing else that was computed before is read
//    behind it. Integers do not count: a block may look at the tokens again.
#include "lib/Differentiate/HiddenStates.h"
#include "lib/Analysis/GraphCuts.h"
#include "lib/Differentiate/LogitHead.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

static bool isOfFloats(Value value) { return isa<FloatType>(getElementTypeOrSelf(value)); }

/// The operations that logits depend on, and that depend on the tokens by numbers.
static SmallVector<Operation *> wayOf(Value tokens, Value logits) {
  llvm::DenseSet<Value> hot{tokens};
  llvm::DenseSet<Operation *> needed;
  SmallVector<Value> open{logits};
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (op && needed.insert(op).second)
      llvm::append_range(open, valuesReadBy(op));
  }
  SmallVector<Operation *> way;
  for (Operation &op : *logits.getParentBlock()) {
    if (llvm::none_of(valuesReadBy(&op), [&](Value value) { return hot.contains(value); }))
      continue;
    hot.insert(op.result_begin(), op.result_end());
    if (needed.contains(&op) && llvm::any_of(op.getResults(), isOfFloats))
      way.push_back(&op);
  }
  return way;
}

/// A row of numbers for each token, that is no view of others.
static bool isState(Operation *op, Value value, int64_t rows) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return !isa<onnx::ReshapeOp, onnx::SqueezeOp, onnx::UnsqueezeOp, onnx::CastOp, onnx::IdentityOp>(
             op) &&
         type && type.hasStaticShape() && type.getRank() >= 2 && type.getShape().back() > 1 &&
         type.getNumElements() == rows * type.getShape().back();
}

SmallVector<Value> retort::hiddenStates(func::FuncOp text) {
  Value tokens = text.getArgument(0),
        logits = text.getBody().front().getTerminator()->getOperand(0);
  auto head = LogitHead::of(logits);
  Value end = head ? head->rows() : logits;
  int64_t rows = cast<RankedTensorType>(tokens.getType()).getDimSize(1);
  SmallVector<Operation *> way = wayOf(tokens, end);
  llvm::DenseMap<Value, size_t> last;
  for (auto [place, op] : llvm::enumerate(way))
    for (Value value : valuesReadBy(op))
      last[value] = place;
  SmallVector<Value> found, open;
  for (auto [place, op] : llvm::enumerate(way)) {
    for (Value result : op->getResults())
      if (isOfFloats(result) && last.contains(result))
        open.push_back(result);
    llvm::erase_if(open, [&, place = place](Value value) { return last[value] <= place; });
    if (open.size() == 1 && open.front().getDefiningOp() == op && isState(op, open.front(), rows))
      found.push_back(open.front());
  }
  return found;
}

SmallVector<HiddenPair> retort::pairHiddenStates(ArrayRef<Value> own, ArrayRef<Value> teacher,
                                                 bool byName) {
  SmallVector<HiddenPair> pairs;
  for (size_t place = 0; place < own.size(); ++place) {
    size_t other = teacher.size();
    if (byName) {
      StringRef name = onnx::valueName(own[place]);
      auto named = llvm::find_if(
          teacher, [&](Value value) { return !name.empty() && onnx::valueName(value) == name; });
      other = named - teacher.begin();
    } else if (!teacher.empty()) {
      size_t steps = std::max<size_t>(own.size() - 1, 1);
      other = (2 * place * (teacher.size() - 1) + steps) / (2 * steps);
    }
    if (other < teacher.size())
      pairs.push_back({place, other});
  }
  return pairs;
}
