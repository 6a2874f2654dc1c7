// Meaning: attention, rotary embedding and norms in the llm dialect; what inputs and outputs are
// for.
#include "include/retort/Pipeline.h"

#include "mlir/Transforms/Passes.h"

namespace retort {
#define GEN_PASS_DECL
#include "lib/Recognize/AssignRoles.h.inc"
#define GEN_PASS_DECL
#include "lib/Recognize/RecognizeAttention.h.inc"
#define GEN_PASS_DECL
#include "lib/Recognize/RecognizeNorms.h.inc"
#define GEN_PASS_DECL
#include "lib/Recognize/RecognizeRetention.h.inc"
#define GEN_PASS_DECL
#include "lib/Recognize/RecognizeRope.h.inc"
} // namespace retort

using namespace mlir;

void retort::buildRecognizePipeline(OpPassManager &pm) {
  pm.addPass(createAssignRolesPass());
  pm.addPass(createRecognizeAttentionPass());
  pm.addPass(createRecognizeRetentionPass());
  pm.addPass(createRecognizeNormsPass());
  pm.addPass(createRecognizeRopePass());
  // Layers share their tables.
  pm.addPass(createCSEPass());
}
