// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains a model to give the logits of a teacher.
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TuneConstants.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_DISTILLPASS
#include "lib/Compress/Distill/Distill.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct DistillPass : TrainingPass<retort::impl::DistillPassBase<DistillPass>> {
  using TrainingPass::TrainingPass;
  void runOnOperation() override {
    FailureOr<TrainingOptions> training = trainingOptions();
    if (failed(training) || failed(tuneNamed(getOperation(), getArgument(), parameters, *training)))
      signalPassFailure();
  }
};
} // namespace
