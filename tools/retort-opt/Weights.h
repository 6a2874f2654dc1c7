// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the weights that a module leaves in the files of its model, and keeps retort-opt from
// writing bytecode whose weights were lost in a textual dump.
#ifndef RETORT_TOOLS_RETORTOPT_WEIGHTS_H
#define RETORT_TOOLS_RETORTOPT_WEIGHTS_H

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

namespace retort {

/// Registers the last step under a name, for pipelines that are printed and read again.
void registerWeightChecks();

/// Adds `resolve-weights` as the first step of the pipeline.
void resolveWeightsFirst(mlir::MlirOptMainConfig &config);

/// Adds a last step to the pipeline that fails on a resource without data. Elided text reads back
/// as such, and MLIR writes it without a word: a model of a few hundred bytes.
void refuseElidedWeights(mlir::MlirOptMainConfig &config);

} // namespace retort

#endif
