// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg on tensors -> the LLVM dialect, with one C entry point for each public function.
#include "retort/Pipeline.h"
#include "lib/Codegen/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"

using namespace mlir;

static std::unique_ptr<Pass> createBufferize() {
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  options.allowReturnAllocsFromLoops = true;
  return bufferization::createOneShotBufferizePass(options);
}

void retort::buildCodegenPipeline(OpPassManager &pm, const CodegenOptions &options) {
  pm.addPass(createStripSignednessPass());
  pm.addPass(createCSEPass());
  pm.addPass(createFuseElementwisePass());
  pm.addPass(createSinkIntoLoopsPass());
  pm.addPass(createFuseElementwisePass());
  pm.addPass(createSinkIntoLoopsPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSeparateDestinationsPass());
  pm.addPass(createBufferize());
  pm.addPass(createInsertDeallocationsPass());
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(createScheduleLinearPass(
      {options.targetCpu, options.numerics, /*prefetch=*/"auto", options.portableSteps}));
  pm.addPass(createScheduleAttentionPass({options.targetCpu}));
  pm.addPass(createTileProductsPass({options.targetCpu}));
  pm.addPass(createWrapEntryPointsPass());
  pm.addPass(createCSEPass()); // views that layers share
  pm.addPass(createRollLayersPass());
  pm.addPass(createObserveKernelsPass());
  pm.addPass(createApproximateMathPass());
  pm.addPass(createExpandBfloat16Pass());
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(createParallelizeKernelsPass());
  pm.addPass(createExpandReshapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizerPass(
      GreedyRewriteConfig().setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)));
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createLowerToLlvmPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}
