// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds who runs models of exchanged layers for the methods of a context.
#include "lib/Replay/LayerReplay.h"

#include "dialects/Retort/Retort.h"

using namespace mlir;
using namespace retort;

MLIR_DEFINE_EXPLICIT_TYPE_ID(retort::ReplaysLayers)

LayerReplay::~LayerReplay() = default;

const ReplaysLayers *ReplaysLayers::of(ModuleOp module) {
  auto *dialect = module.getContext()->getOrLoadDialect<RetortDialect>();
  return dialect->getRegisteredInterface<ReplaysLayers>();
}
