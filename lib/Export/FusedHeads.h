// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fused attention of the file that has fewer heads now.
#ifndef RETORT_LIB_EXPORT_FUSEDHEADS_H
#define RETORT_LIB_EXPORT_FUSEDHEADS_H

#include "lib/Export/SourceValues.h"

#include "llvm/ADT/DenseSet.h"

namespace retort {

/// Nodes of the source that are attention, and compute what `after` does once their attributes say
/// how many heads there are: says it there, and takes their results out of `changed`.
void adaptFusedHeads(mlir::func::FuncOp source, const SourceMap &before, const SourceMap &after,
                     llvm::DenseSet<mlir::Value> &changed);

} // namespace retort

#endif
