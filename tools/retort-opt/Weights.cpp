// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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

  StringRef getArgument() const override { return "refuse-elided-weights"; }
  StringRef getDescription() const override { return "Fail where a weight has no data"; }

  void runOnOperation() override {
    DenseResourceElementsAttr elided;
    AttrTypeWalker walker; // in attributes of nodes, too
    walker.addWalk([&](DenseResourceElementsAttr constant) {
      if (!constant.getRawHandle().getBlob() && constant.getType().getNumElements())
        elided = constant;
    });
    WalkResult result = getOperation()->walk([&](Operation *op) {
      walker.walk(op->getAttrDictionary());
      if (!elided)
        return WalkResult::advance();
      op->emitError() << "expects data for weight '" << elided.getRawHandle().getKey()
                      << "', found none: it was elided when this text was printed";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

void retort::registerWeightChecks() { PassRegistration<RefuseElidedWeights>(); }

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
