// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/CacheRoles.h"

#include "lib/Analysis/Flow.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

bool retort::isMovedArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!onnx::isReshape(op) && !isa<onnx::TransposeOp, onnx::CastOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return isa<BlockArgument>(value);
}

/// Whether it is an index of rows of a cache there.
static bool isWriteIndex(OpOperand &use) {
  Operation *op = use.getOwner();
  int slot = slotOf(use);
  bool scatters = isa<onnx::TensorScatterOp>(op)
                      ? slot == 2
                      : isa<onnx::ScatterNDOp, onnx::ScatterElementsOp>(op) && slot == 1;
  return scatters && isMovedArgument(op->getOperand(0));
}

static StringRef nameOfAxis(func::FuncOp function, unsigned argument, size_t axis) {
  auto names = function.getArgAttrOfType<ArrayAttr>(argument, "onnx.dims");
  auto name = names && names.size() > axis ? dyn_cast<StringAttr>(names[axis]) : StringAttr();
  return name ? name.getValue() : StringRef();
}

/// Whether the only axis of an argument has the size of an axis of the tokens: by one name.
static bool isSizedAs(func::FuncOp function, BlockArgument argument, const Roles &roles,
                      size_t axisOfTokens) {
  StringRef own = nameOfAxis(function, argument.getArgNumber(), 0);
  return !own.empty() && llvm::any_of(llvm::enumerate(roles.arguments), [&](auto each) {
    return each.value() == "tokens" && nameOfAxis(function, each.index(), axisOfTokens) == own;
  });
}

bool retort::isOneForEachText(func::FuncOp function, BlockArgument argument, const Roles &roles) {
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  return type && (type.getRank() == 0 ||
                  (type.getRank() == 1 &&
                   (type.getDimSize(0) == 1 || isSizedAs(function, argument, roles, 0))));
}

/// Indices for each row are used as they are, or have the size of the tokens.
static bool isForEachRow(func::FuncOp function, BlockArgument argument, const Roles &roles) {
  return !isOneForEachText(function, argument, roles) &&
         (isSizedAs(function, argument, roles, 1) ||
          llvm::any_of(usesReached(argument, reshapeOnly), [](OpOperand *use) {
            return isWriteIndex(*use) && !isa<onnx::TensorScatterOp>(use->getOwner());
          }));
}

/// Steps of an index: arithmetic of single elements, and what takes others beside them.
static SmallVector<Value> towardsIndices(OpOperand &use) {
  if (isa<onnx::ConcatOp>(use.getOwner()))
    return {use.getOwner()->getResult(0)};
  return elementwise(use);
}

void retort::findCacheRoles(func::FuncOp function, Roles &roles) {
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    std::string &role = roles.arguments[argument.getArgNumber()];
    if (!type || type.getRank() > 1 || !role.empty() || !type.getElementType().isInteger() ||
        type.getElementType().isInteger(1))
      continue;
    auto reaches = [&](FlowStep step, function_ref<bool(OpOperand &)> wanted) {
      return llvm::any_of(usesReached(argument, step),
                          [&](OpOperand *use) { return wanted(*use); });
    };
    bool writes = reaches(towardsIndices, isWriteIndex);
    if (!writes && !reaches(towardsScores, masksScores))
      continue;
    if (isForEachRow(function, argument, roles))
      role = "positions";
    else
      role = writes ? "start" : "length";
  }
}
