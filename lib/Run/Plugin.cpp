// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// libRetortRun.so as a plugin of a stock mlir-opt: Retort's passes, and what runs models for them.
//   mlir-opt-22 --load-dialect-plugin=libRetortRun.so --load-pass-plugin=libRetortRun.so
//   --pass-pipeline=...
#include "retort/Plugin.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/TextReplay.h"
#include "lib/Support/RegisterPass.h"

/// Code generation needs all of upstream's dialects, with what is attached to them.
static void registerForRunning(mlir::DialectRegistry &registry) {
  retort::registerDialects(registry);
  retort::registerReplay(registry);
}

RETORT_PLUGIN_WITH_DIALECTS("RetortRun", RETORT_VERSION, retort::registerPasses, registerForRunning)
