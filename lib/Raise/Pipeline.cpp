// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions inlined, defaults of inputs apart from constants, onnx.node -> typed operations at the
// canonical opset, codes that are unpacked made codes, what ONNX defines by others decomposed,
// types inferred and constants folded.
#include "include/retort/Pipeline.h"
#include "lib/Raise/Passes.h"
#include "lib/Simplify/Passes.h"

using namespace mlir;

void retort::buildRaisePipeline(OpPassManager &pm) {
  pm.addPass(createInlineFunctionsPass());
  pm.addPass(createExposeDefaultsPass());
  pm.addPass(createRaiseOnnxNodesPass());
  pm.addPass(createPackCodesPass());
  pm.addPass(createDecomposeFunctionsPass());
  pm.addPass(createSimplifyPass());
}
