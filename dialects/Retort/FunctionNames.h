// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of attributes of functions that few files read; Names.h has the others.
#ifndef RETORT_DIALECTS_RETORT_FUNCTIONNAMES_H
#define RETORT_DIALECTS_RETORT_FUNCTIONNAMES_H

#include "llvm/ADT/StringRef.h"

namespace retort::names {

/// Of a decode step whose states are rows of tokens alone, each written where its token stands:
/// such a step can take its last tokens back, for those that come next overwrite them.
inline constexpr llvm::StringLiteral rewinds = "retort.rewinds";

/// Of a kernel: how many operations on numbers it takes, and what it reads and writes as a whole.
/// In front stand the operations of one round of all its loops, and the number of such arguments,
/// which come first. Pairs follow, one for each loop: an argument and its axis that the loop runs
/// along, or -1 and a number of rounds.
inline constexpr llvm::StringLiteral operations = "retort.operations";

} // namespace retort::names

#endif
