// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces nodes that ONNX defines by other operations.
//   %y = onnx.node "QLinearMatMul"(%a, %sa, %za, %b, %sb, %zb, %sy, %zy) to ["y"]
//   ==>
//   %0 = onnx.DequantizeLinear(%a, %sa, %za) {axis = -2 : i64}
//   %1 = onnx.DequantizeLinear(%b, %sb, %zb) {axis = -1 : i64}
//   %2 = onnx.MatMul(%0, %1)
//   %y = onnx.QuantizeLinear(%2, %sy, %zy)
#include "lib/Raise/DecomposeFunction.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_DECOMPOSEFUNCTIONSPASS
#include "lib/Raise/DecomposeFunctions.h.inc"
#define GEN_PASS_DECL
#include "lib/Simplify/Simplify.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
struct DecomposeFunctionsPass : retort::impl::DecomposeFunctionsPassBase<DecomposeFunctionsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<NodeOp> nodes;
    SmallVector<Operation *> typed;
    getOperation().walk([&](Operation *op) {
      if (auto node = dyn_cast<NodeOp>(op))
        nodes.push_back(node);
      else if (llvm::is_contained(operations, op->getName().getStringRef()))
        typed.push_back(op);
    });
    OpsetImports imports(getOperation());
    for (NodeOp node : nodes)
      if (failed(decomposeFunction(node, imports)))
        return signalPassFailure();
    FailureOr<bool> changed = decomposeFunctions(typed);
    if (failed(changed))
      return signalPassFailure();
    OpPassManager simplify(ModuleOp::getOperationName());
    simplify.addPass(createSimplifyPass());
    if (*changed && failed(runPipeline(simplify, getOperation())))
      signalPassFailure();
  }
};
} // namespace
