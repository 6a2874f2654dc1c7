// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps the weights that a module leaves in the files of its model.
#include "lib/Import/ReferredWeights.h"
#include "lib/Support/RegisterPass.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_RESOLVEWEIGHTSPASS
#include "lib/Import/ResolveWeights.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
class ResolveWeightsPass : public retort::impl::ResolveWeightsPassBase<ResolveWeightsPass> {
public:
  void runOnOperation() override {
    if (failed(resolveWeights(getOperation())))
      signalPassFailure();
  }
};
} // namespace
