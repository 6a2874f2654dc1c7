// onnx, llm and compress -> linalg on tensors.
#include "include/retort/Pipeline.h"

namespace retort {
#define GEN_PASS_DECL
#include "lib/Lower/LowerToLinalg.h.inc"
} // namespace retort

using namespace mlir;

void retort::buildLowerPipeline(OpPassManager &pm) {
  pm.addPass(createLowerToLinalgPass());
  pm.addPass(createCSEPass());
}
