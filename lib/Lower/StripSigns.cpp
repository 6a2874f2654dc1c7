// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drops the sign of integers at the boundary of functions.
#include "lib/Lower/StripSigns.h"

using namespace mlir;
using namespace retort;

static Type withoutSign(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto element = tensor ? dyn_cast<IntegerType>(tensor.getElementType()) : nullptr;
  if (!element || element.isSignless())
    return type;
  return tensor.clone(IntegerType::get(type.getContext(), element.getWidth()));
}

void retort::stripSigns(func::FuncOp func) {
  auto strip = [](TypeRange types) { return llvm::map_to_vector(types, withoutSign); };
  for (Value argument : func.getArguments())
    argument.setType(withoutSign(argument.getType()));
  func.setFunctionType(FunctionType::get(func.getContext(), strip(func.getArgumentTypes()),
                                         strip(func.getResultTypes())));
  func.walk([](tensor::BitcastOp op) {
    op.getResult().setType(cast<RankedTensorType>(withoutSign(op.getType())));
    if (op.getSource().getType() != op.getType())
      return;
    op.getResult().replaceAllUsesWith(op.getSource());
    op.erase();
  });
}
