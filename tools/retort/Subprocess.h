// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs another command of this program.
#ifndef RETORT_TOOLS_RETORT_SUBPROCESS_H
#define RETORT_TOOLS_RETORT_SUBPROCESS_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace retort {

/// Runs `retort WORDS...` and waits. What it prints to stderr goes to `log`, which stays where it
/// fails; the error is the one that it printed.
llvm::Error runRetort(const std::vector<std::string> &words, llvm::StringRef log);

} // namespace retort

#endif
