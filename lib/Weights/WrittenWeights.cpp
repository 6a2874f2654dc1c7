// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What weights take in a module that is about to be written.
#include "lib/Weights/WrittenWeights.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;

static uint64_t bytesOfInitializer(onnx::InitializerOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getResult().getType());
  return type && onnx::elementBits(type.getElementType()) ? onnx::encodedBytes(type) : 0;
}

WrittenWeights::WrittenWeights(ModuleOp module) {
  llvm::DenseSet<Attribute> seen;
  module.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (StringRef name = onnx::valueName(result); !name.empty())
        values.try_emplace(name, result);
    if (auto initializer = dyn_cast<onnx::InitializerOp>(op);
        initializer && seen.insert(op->getAttr("value")).second)
      all += bytesOfInitializer(initializer);
  });
}

std::optional<uint64_t> WrittenWeights::bytesOf(StringRef name) const {
  auto found = values.find(name);
  if (found == values.end())
    return std::nullopt;
  llvm::SetVector<Operation *> parts;
  uint64_t sum = 0;
  if (!found->second.getDefiningOp())
    return std::nullopt;
  parts.insert(found->second.getDefiningOp());
  for (size_t i = 0; i < parts.size(); ++i) {
    if (auto initializer = dyn_cast<onnx::InitializerOp>(parts[i]))
      sum += bytesOfInitializer(initializer);
    for (Value operand : parts[i]->getOperands()) {
      if (!operand.getDefiningOp())
        return std::nullopt; // computed
      parts.insert(operand.getDefiningOp());
    }
  }
  return sum;
}
