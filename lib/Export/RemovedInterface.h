// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs and outputs of the source that methods removed.
#ifndef RETORT_LIB_EXPORT_REMOVEDINTERFACE_H
#define RETORT_LIB_EXPORT_REMOVEDINTERFACE_H

#include "lib/Export/SourceValues.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// Takes the outputs that `after` lacks, by their names, from the source; says of each that stays
/// which place it had, and which operations computed the others.
Refusal removeResults(mlir::func::FuncOp source, mlir::func::FuncOp after,
                      llvm::SmallVectorImpl<unsigned> &placesBefore,
                      llvm::function_ref<void(mlir::Operation *)> lost);

/// Inputs likewise, which nothing may read by now.
Refusal removeArguments(mlir::func::FuncOp source, mlir::func::FuncOp after, const SourceMap &map);

/// Says that there is another number of inputs.
Refusal otherInputs(mlir::func::FuncOp source, mlir::func::FuncOp after);

} // namespace retort

#endif
