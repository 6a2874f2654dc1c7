// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which constants of a graph are what a model has learned.
#ifndef RETORT_LIB_DIFFERENTIATE_LEARNEDCONSTANTS_H
#define RETORT_LIB_DIFFERENTIATE_LEARNEDCONSTANTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// Initializers of floats, of more than one element, that meet what depends on the contents of
/// tokens: as they are, or moved, converted, looked up. Frequencies of angles, masks and numbers
/// are none of them. In the order of the graph.
llvm::SmallVector<mlir::Operation *> learnedConstants(mlir::func::FuncOp graph);

} // namespace retort

#endif
