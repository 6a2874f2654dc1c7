// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drops the signedness of integers at the boundary of functions; marks the arguments that may be
// written.
//   func @f(%a: tensor<?xui8>) { %b = tensor.bitcast %a : to tensor<?xi8> ... }   ->   func @f(%b:
//   tensor<?xi8>)
#include "dialects/Retort/Names.h"

namespace retort {
#define GEN_PASS_DEF_STRIPSIGNEDNESSPASS
#include "lib/Codegen/StripSignedness.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static Type withoutSign(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto element = tensor ? dyn_cast<IntegerType>(tensor.getElementType()) : nullptr;
  if (!element || element.isSignless())
    return type;
  return tensor.clone(IntegerType::get(type.getContext(), element.getWidth()));
}

static void stripSignedness(func::FuncOp func) {
  auto strip = [](TypeRange types) { return llvm::map_to_vector(types, withoutSign); };
  FunctionType type = func.getFunctionType();
  func.setFunctionType(
      FunctionType::get(func.getContext(), strip(type.getInputs()), strip(type.getResults())));
  for (Value argument : func.getArguments())
    argument.setType(withoutSign(argument.getType()));
  func.walk([](tensor::BitcastOp op) {
    op.getResult().setType(cast<RankedTensorType>(withoutSign(op.getType())));
    if (op.getSource().getType() == op.getType()) {
      op.getResult().replaceAllUsesWith(op.getSource());
      op.erase();
    }
  });
}

static void markWritable(func::FuncOp func) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (isa<TensorType>(func.getArgument(i).getType()))
      func.setArgAttr(i, bufferization::BufferizationDialect::kWritableAttrName,
                      BoolAttr::get(func.getContext(), bool(func.getArgAttr(i, names::state))));
}

namespace {
struct StripSignednessPass : retort::impl::StripSignednessPassBase<StripSignednessPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      stripSignedness(func);
      markWritable(func);
    }
  }
};
} // namespace
