// onnx, llm and compress -> linalg on tensors.
#include "include/retort/Pipeline.h"

namespace retort {
#define GEN_PASS_DECL
#include "lib/Export/LowerCompressToOnnx.h.inc"
#define GEN_PASS_DECL
#include "lib/Lower/LowerToLinalg.h.inc"
} // namespace retort

using namespace mlir;

void retort::buildLowerPipeline(OpPassManager &pm) {
  // What has no lowering of its own has one in ONNX's form.
  pm.addPass(createLowerCompressToOnnxPass());
  pm.addPass(createLowerToLinalgPass());
  pm.addPass(createCSEPass());
}
