// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// libRetortPasses.so as a plugin of a stock mlir-opt:
//   mlir-opt-22 --load-dialect-plugin=libRetortPasses.so --load-pass-plugin=libRetortPasses.so
//   --pass-pipeline=...
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/RegisterPass.h"
#include "retort/Plugin.h"

// A pass plugin alone does not make its dialects known to the parser, so the host asks for both.
RETORT_PLUGIN("Retort", RETORT_VERSION, retort::registerPasses)
