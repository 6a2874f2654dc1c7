// Keeps retort-opt from writing bytecode whose weights were lost in a textual dump.
#ifndef RETORT_TOOLS_RETORTOPT_ELIDEDWEIGHTS_H
#define RETORT_TOOLS_RETORTOPT_ELIDEDWEIGHTS_H

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

namespace retort {

/// Adds a last step to the pipeline that fails on a resource without data. Elided text reads back
/// as such, and MLIR writes it without a word: a model of a few hundred bytes.
void refuseElidedWeights(mlir::MlirOptMainConfig &config);

} // namespace retort

#endif
