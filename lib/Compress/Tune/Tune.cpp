// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains a model on a text.
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TuneConstants.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_TUNEPASS
#include "lib/Compress/Tune/Tune.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct TunePass : TrainingPass<retort::impl::TunePassBase<TunePass>> {
  using TrainingPass::TrainingPass;
  void runOnOperation() override {
    FailureOr<TrainingOptions> training = trainingOptions();
    if (failed(training))
      return signalPassFailure();
    if (!loss.hasValue())
      training->loss = "ce";
    if (failed(tuneNamed(getOperation(), getArgument(), parameters, *training)))
      signalPassFailure();
  }
};
} // namespace
