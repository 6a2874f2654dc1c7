#include "lib/Recognize/LinearSegment.h"

#include "dialects/Onnx/Onnx.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;

/// Larger segments are no single thing.
static constexpr size_t mostOperations = 64;

bool retort::isLinear(Operation *op, const HotValues &hot) {
  auto isHot = [&](Value value) { return hot.isHot(value); };
  unsigned count = llvm::count_if(op->getOperands(), isHot);
  bool first = op->getNumOperands() > 0 && isHot(op->getOperand(0));
  if (isa<onnx::ReshapeOp, onnx::TransposeOp, onnx::SliceOp, onnx::SplitOp, onnx::UnsqueezeOp,
          onnx::SqueezeOp, onnx::FlattenOp, onnx::ExpandOp, onnx::TileOp, onnx::GatherOp,
          onnx::CastOp, onnx::IdentityOp, onnx::NegOp, onnx::DivOp>(op))
    return first && count == 1;
  if (isa<onnx::MulOp, onnx::EinsumOp, onnx::MatMulOp>(op))
    return count == 1;
  if (isa<onnx::AddOp, onnx::SubOp, onnx::SumOp, onnx::ConcatOp>(op))
    return count == op->getNumOperands();
  return isa<onnx::WhereOp>(op) && !first && count == 2;
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
