// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs type inference on every function.
#include "dialects/Onnx/Shape/SymbolicDims.h"

namespace retort {
#define GEN_PASS_DEF_INFERSHAPESPASS
#include "lib/Simplify/InferShapes.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct InferShapesPass : retort::impl::InferShapesPassBase<InferShapesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(onnx::SymbolicDims().infer(function)))
        return signalPassFailure();
  }
};
} // namespace
