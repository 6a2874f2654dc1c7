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
