// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that the places of kept values select, in one row.
#ifndef RETORT_LIB_FORMATS_SPARSE_SELECTACTIVATIONS_H
#define RETORT_LIB_FORMATS_SPARSE_SELECTACTIVATIONS_H

#include "dialects/Linear/TileBuilder.h"

namespace retort {

/// Whether vectors of so many lanes have an instruction that selects one of m numbers for each.
bool canSelect(int64_t lanes, int64_t m);

/// The m packed activations from `position` on, over and over.
mlir::Value loadBlock(TileBuilder &b, mlir::Value position, int64_t m);

/// For each lane the activation of such a vector that its place in the low bits says; what is above
/// them does not matter.
mlir::Value selectByPlace(TileBuilder &b, mlir::Value activations, mlir::Value places, int64_t m);

} // namespace retort

#endif
