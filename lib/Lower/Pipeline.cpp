// onnx, llm and compress -> linalg on tensors.
#include "include/retort/Pipeline.h"
#include "lib/Lower/Passes.h"

using namespace mlir;

void retort::buildLowerPipeline(OpPassManager &pm) {
  pm.addPass(createLowerToLinalgPass());
  pm.addPass(createCSEPass());
}
