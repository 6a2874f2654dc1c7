// Functions inlined, onnx.node -> typed operations at the canonical opset, what ONNX defines by
// others decomposed, types inferred and constants folded.
#include "include/retort/Pipeline.h"

namespace retort {
#define GEN_PASS_DECL
#include "lib/Raise/DecomposeFunctions.h.inc"
#define GEN_PASS_DECL
#include "lib/Raise/InlineFunctions.h.inc"
#define GEN_PASS_DECL
#include "lib/Raise/RaiseOnnxNodes.h.inc"
#define GEN_PASS_DECL
#include "lib/Simplify/Simplify.h.inc"
} // namespace retort

using namespace mlir;

void retort::buildRaisePipeline(OpPassManager &pm) {
  pm.addPass(createInlineFunctionsPass());
  pm.addPass(createRaiseOnnxNodesPass());
  pm.addPass(createDecomposeFunctionsPass());
  pm.addPass(createSimplifyPass());
}
