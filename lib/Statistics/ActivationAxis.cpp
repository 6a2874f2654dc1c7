// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where in an activation the inputs of a weight lie.
#include "lib/Statistics/ActivationAxis.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static std::optional<int64_t> ofEinsum(onnx::EinsumOp op, unsigned weight, int64_t weightAxis) {
  SmallVector<int64_t> ranks;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type)
      return std::nullopt;
    ranks.push_back(type.getRank());
  }
  auto equation = onnx::EinsumEquation::parse(op.getEquation(), ranks);
  if (!equation || ranks.size() != 2 || weightAxis < 0)
    return std::nullopt;
  StringRef own = equation->operands[weight], other = equation->operands[1 - weight];
  size_t axis = other.find(own[weightAxis]);
  return axis == StringRef::npos ? std::nullopt : std::optional<int64_t>(axis);
}

std::optional<int64_t> retort::activationAxis(const WeightUse &use) {
  Value activation = use.activation();
  auto type = activation ? dyn_cast<RankedTensorType>(activation.getType()) : nullptr;
  if (use.kind != WeightUse::Kind::Product || !type || type.getRank() < 1)
    return std::nullopt;
  Operation *op = use.op();
  bool weightIsSecond = use.operand->getOperandNumber() == 1;
  if (auto einsum = dyn_cast<onnx::EinsumOp>(op))
    return use.operand->get().getDefiningOp()
               ? ofEinsum(einsum, !weightIsSecond ? 0 : 1, use.inputAxis)
               : std::nullopt;
  if (isa<onnx::ConvOp>(op))
    return 1;
  if (type.getRank() == 1)
    return 0;
  StringRef swap = weightIsSecond ? "transA" : "transB";
  bool isSwapped = onnx::intAttribute(op, swap, 0) != 0;
  return weightIsSecond != isSwapped ? type.getRank() - 1 : type.getRank() - 2;
}
