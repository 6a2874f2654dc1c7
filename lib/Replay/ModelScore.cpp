// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds who scores models for the methods of a context.
#include "lib/Replay/ModelScore.h"

#include "dialects/Retort/Retort.h"

using namespace mlir;
using namespace retort;

MLIR_DEFINE_EXPLICIT_TYPE_ID(retort::ScoresModels)

const ScoresModels *ScoresModels::of(ModuleOp module) {
  auto *dialect = module.getContext()->getOrLoadDialect<RetortDialect>();
  return dialect->getRegisteredInterface<ScoresModels>();
}
