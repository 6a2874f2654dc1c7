// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Frees the data of weights that passes have replaced.
#ifndef RETORT_LIB_WEIGHTS_COLLECTBLOBS_H
#define RETORT_LIB_WEIGHTS_COLLECTBLOBS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace retort {

/// After each pass on a whole module, frees the resources that neither it nor one of `others`
/// names. Resources belong to the context: only who owns that knows all modules that live in it, so
/// this is for tools, never for a pass.
void collectBlobs(mlir::PassManager &pm,
                  std::function<llvm::SmallVector<mlir::ModuleOp>()> others = {});

} // namespace retort

#endif
