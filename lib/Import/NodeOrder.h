// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order in which the nodes of a graph can be imported.
#ifndef RETORT_LIB_IMPORT_NODEORDER_H
#define RETORT_LIB_IMPORT_NODEORDER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace retort {

/// Graphs that nest deeper are refused: a hostile file would exhaust the stack.
inline constexpr unsigned deepestGraph = 50;

/// Positions of the nodes (encoded NodeProtos) such that each comes after those whose values it
/// reads, in its graphs too, otherwise in the order of the file: the standard asks for it, and some
/// exporters forget. Nodes of a cycle, and malformed ones, keep their places; the import reports
/// them.
llvm::SmallVector<unsigned> definitionsFirst(llvm::ArrayRef<llvm::StringRef> nodes);

} // namespace retort

#endif
