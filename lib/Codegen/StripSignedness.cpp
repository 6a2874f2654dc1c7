// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drops the signedness of integers at the boundary of functions; marks the arguments that may be
// written.
//   func @f(%a: tensor<?xui8>) { %b = tensor.bitcast %a : to tensor<?xi8> ... }   ->   func @f(%b:
//   tensor<?xi8>)
#include "dialects/Retort/Names.h"
#include "lib/Lower/StripSigns.h"

namespace retort {
#define GEN_PASS_DEF_STRIPSIGNEDNESSPASS
#include "lib/Codegen/StripSignedness.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

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
      stripSigns(func);
      markWritable(func);
    }
  }
};
} // namespace
