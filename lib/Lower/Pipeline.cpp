// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// onnx, llm and compress -> linalg on tensors. What no lowering knows, but ONNX defines by other
// operations, is decomposed first, and tables that are tied become one.
#include "include/retort/Pipeline.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Passes.h"
#include "lib/Raise/Passes.h"

#include "dialects/Onnx/Schema/Function.h"
#include "dialects/Onnx/Schema/Schema.h"

using namespace mlir;

/// Functions of ONNX, in typed form, that no lowering knows.
static SmallVector<std::string> functionsWithoutLowering() {
  retort::Lowering lowering;
  SmallVector<std::string> names;
  for (const retort::onnx::FunctionBody &body : retort::onnx::allFunctionBodies()) {
    std::string name = retort::onnx::typedOpName(body.domain, body.name);
    if (!lowering.knows(name) && !llvm::is_contained(names, name))
      names.push_back(name);
  }
  return names;
}

void retort::buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  DecomposeFunctionsPassOptions functions;
  functions.operations = functionsWithoutLowering();
  pm.addPass(createDecomposeFunctionsPass(functions));
  if (!options.upstream)
    pm.addPass(createTieWeightsPass());
  LowerToLinalgPassOptions lower;
  lower.packWeights = lower.fuseAttention = !options.upstream;
  pm.addPass(createLowerToLinalgPass(lower));
  if (options.upstream) {
    DetachLinalgPassOptions detach;
    detach.weights = options.weights;
    detach.checks = options.checks;
    pm.addPass(createDetachLinalgPass(detach));
    pm.addPass(createCanonicalizerPass());
  }
  pm.addPass(createCSEPass());
}
