// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module of LLVM IR in parts that threads compile beside one another.
#ifndef RETORT_LIB_EMIT_SPLITMODULE_H
#define RETORT_LIB_EMIT_SPLITMODULE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

#include <vector>

namespace retort {

/// Bitcode of modules that are together what `module` is; each can be read into a context of its
/// own. Functions of a part call those of others by hidden symbols, and each part has the
/// constants: what it does not read is left out when it is optimized, or linked. How many parts
/// there are, and what is in which, follows from the module alone: the code is the same on any
/// number of threads.
std::vector<llvm::SmallVector<char, 0>> splitModule(llvm::Module &module);

} // namespace retort

#endif
