// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/LinearSegment.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;

/// Larger segments are no single thing.
static constexpr size_t mostOperations = 64;

bool retort::isLinear(Operation *op, const HotValues &hot) {
  auto linearity = dyn_cast<onnx::Linearity>(op);
  auto movement = dyn_cast<onnx::Movement>(op);
  if (!linearity && !movement)
    return false;
  uint64_t moved = 0, asked = 0;
  for (auto [slot, value] : llvm::enumerate(onnx::operandSlots(op))) {
    if (!value || slot >= 64)
      continue;
    asked |= hot.isHot(value) ? uint64_t(1) << slot : 0;
    moved |= movement && movement.movesOperand(slot) ? uint64_t(1) << slot : 0;
  }
  return linearity ? linearity.isLinearIn(asked) : asked && asked == moved;
}

/// Grows back from the output, always at the value that is made last, until one value is left
/// through which all of it comes.
std::optional<LinearSegment> retort::segmentEndingIn(Value output, const HotValues &hot) {
  Operation *end = output.getDefiningOp();
  if (!end || !isLinear(end, hot) ||
      llvm::count_if(end->getOperands(), [&](Value v) { return hot.isHot(v); }) < 2)
    return std::nullopt;
  LinearSegment segment;
  segment.output = output;
  llvm::SetVector<Value> front, leaves;
  front.insert(output);
  while (front.size() > 1 || segment.ops.empty()) {
    Operation *last = nullptr;
    for (Value value : front) {
      Operation *op = value.getDefiningOp();
      if (!op || op->getBlock() != end->getBlock())
        return std::nullopt;
      last = !last || last->isBeforeInBlock(op) ? op : last;
    }
    if (!isLinear(last, hot) || segment.ops.size() == mostOperations)
      return std::nullopt;
    segment.ops.push_back(last);
    for (Value result : last->getResults())
      front.remove(result);
    for (Value operand : last->getOperands())
      (hot.isHot(operand) ? front : leaves).insert(operand);
  }
  segment.input = front.front();
  segment.leaves = leaves.takeVector();
  return segment;
}

/// How far a segment goes on at each end.
static constexpr size_t farthest = 4;

/// The one hot operand of an operation that moves elements alone; null otherwise.
static Value movedBy(Operation *op, const HotValues &hot) {
  bool isMove = op && (onnx::isReshape(op) || onnx::isConversion(op) ||
                       onnx::movementOf(op) == onnx::MovementKind::Permute);
  return isMove && isLinear(op, hot) ? op->getOperand(0) : Value();
}

static void addLeaves(Operation *op, LinearSegment &segment) {
  for (Value operand : llvm::drop_begin(op->getOperands()))
    if (!llvm::is_contained(segment.leaves, operand))
      segment.leaves.push_back(operand);
}

std::vector<LinearSegment> retort::widenings(const LinearSegment &segment, const HotValues &hot) {
  std::vector<LinearSegment> behind{segment};
  while (behind.size() < farthest && behind.back().output.hasOneUse()) {
    Operation *user = *behind.back().output.user_begin();
    if (movedBy(user, hot) != behind.back().output ||
        user->getBlock() != segment.ops[0]->getBlock())
      break;
    LinearSegment longer = behind.back();
    longer.ops.insert(longer.ops.begin(), user);
    longer.output = user->getResult(0);
    addLeaves(user, longer);
    behind.push_back(std::move(longer));
  }
  std::vector<LinearSegment> all;
  for (LinearSegment &each : behind)
    for (size_t steps = 0; steps < farthest; ++steps) {
      all.push_back(each);
      Operation *op = each.input.getDefiningOp();
      Value source = movedBy(op, hot);
      if (!source || op->getBlock() != segment.ops[0]->getBlock())
        break;
      each.ops.push_back(op);
      each.input = source;
      addLeaves(op, each);
    }
  llvm::stable_sort(all, [](const LinearSegment &a, const LinearSegment &b) {
    return a.ops.size() < b.ops.size();
  });
  return all;
}
