// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One walk in the order of the graph.
#include "lib/Analysis/HotValues.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

HotValues::HotValues(func::FuncOp function)
    : inputRoles(findInputRoles(function)), hotArguments(function.getNumArguments()) {
  for (BlockArgument argument : function.getArguments()) {
    llvm::SmallBitVector self(function.getNumArguments());
    self.set(argument.getArgNumber());
    dependence[argument] = self;
    if (carriesText(role(argument)))
      hotArguments.set(argument.getArgNumber());
  }
  for (Operation &op : function.getBody().front())
    visit(&op);
}

/// An operation with graphs depends on what they use, too; so do their values on its operands.
void HotValues::visit(Operation *op) {
  if (onnx::asksShape(op))
    return;
  llvm::SmallBitVector all(hotArguments.size());
  auto add = [&](Value value) {
    if (auto found = dependence.find(value); found != dependence.end())
      all |= found->second;
  };
  llvm::for_each(op->getOperands(), add);
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      if (all.any())
        for (BlockArgument argument : block.getArguments())
          dependence[argument] = all;
      for (Operation &inner : block) {
        visit(&inner);
        llvm::for_each(inner.getOperands(), add);
      }
    }
  if (all.any())
    for (Value result : op->getResults())
      dependence[result] = all;
}

bool HotValues::isHot(Value value) const {
  auto found = dependence.find(value);
  return found != dependence.end() && found->second.anyCommon(hotArguments);
}

llvm::SmallBitVector HotValues::sources(Value value) const {
  auto found = dependence.find(value);
  return found == dependence.end() ? llvm::SmallBitVector(hotArguments.size()) : found->second;
}
