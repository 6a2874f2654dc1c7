// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// libRetortTrain.so as a plugin of a stock mlir-opt: Retort's passes, and what runs and trains
// models for them.
//   mlir-opt-22 --load-dialect-plugin=libRetortTrain.so --load-pass-plugin=libRetortTrain.so
//   --pass-pipeline=...
#include "retort/Plugin.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/TextReplay.h"
#include "lib/Support/RegisterPass.h"
#include "lib/Trainer/ModelTraining.h"

/// Code generation needs all of upstream's dialects, with what is attached to them.
static void registerForTraining(mlir::DialectRegistry &registry) {
  retort::registerDialects(registry);
  retort::registerReplay(registry);
  retort::registerTraining(registry);
}

RETORT_PLUGIN_WITH_DIALECTS("RetortTrain", RETORT_VERSION, retort::registerPasses,
                            registerForTraining)
