// The first and the last step of a pipeline: both concern weights.
#include "tools/retort-opt/Weights.h"
#include "lib/Import/Passes.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace {
struct RefuseElidedWeights : PassWrapper<RefuseElidedWeights, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RefuseElidedWeights)

  void runOnOperation() override {
    WalkResult result = getOperation()->walk([](Operation *op) {
      for (NamedAttribute attribute : op->getAttrs()) {
        auto constant = dyn_cast<DenseResourceElementsAttr>(attribute.getValue());
        if (constant && !constant.getRawHandle().getBlob() && constant.getType().getNumElements()) {
          op->emitError() << "expects data for weight '" << constant.getRawHandle().getKey()
                          << "', found none: it was elided when this text was printed";
          return WalkResult::interrupt();
        }
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

/// Passes on modules can be added to it.
static bool isForModules(PassManager &pm) {
  return pm.getOpAnchorName() == ModuleOp::getOperationName();
}

void retort::resolveWeightsFirst(MlirOptMainConfig &config) {
  auto before = config;
  config.setPassPipelineSetupFn([before](PassManager &pm) {
    if (isForModules(pm))
      pm.addPass(createResolveWeightsPass());
    return before.setupPassPipeline(pm);
  });
}

void retort::refuseElidedWeights(MlirOptMainConfig &config) {
  auto before = config;
  config.setPassPipelineSetupFn([before](PassManager &pm) {
    if (failed(before.setupPassPipeline(pm)))
      return failure();
    if (pm.getOpAnchorName() == OpPassManager::getAnyOpAnchorName() || isForModules(pm))
      pm.addPass(std::make_unique<RefuseElidedWeights>());
    return success();
  });
}
