// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Meaning: codes as weights; attention, rotary embedding and norms in the llm dialect; what inputs
// and outputs are for.
#include "include/retort/Pipeline.h"
#include "lib/Recognize/Passes.h"
#include "lib/Recurrence/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

void retort::buildRecognizePipeline(OpPassManager &pm) {
  pm.addPass(createExposeWeightsPass());
  pm.addPass(createDistributeScanPass());
  pm.addPass(createRecognizeLongConvolutionPass());
  pm.addPass(createFixBatchPass());
  pm.addPass(createAssignRolesPass());
  pm.addPass(createRecognizeAttentionPass());
  pm.addPass(createRecognizeRetentionPass());
  pm.addPass(createRecognizeNormsPass());
  pm.addPass(createRecognizeRopePass());
  // Layers share their tables.
  pm.addPass(createCSEPass());
}
