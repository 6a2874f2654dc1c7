// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ends a command with the one line that says what went wrong.
#ifndef RETORT_TOOLS_RETORT_ERRORLINE_H
#define RETORT_TOOLS_RETORT_ERRORLINE_H

#include "llvm/ADT/StringRef.h"

namespace retort {

/// Prints `error: message` and returns the exit code.
int fail(llvm::StringRef message, int code);

/// Writes what is left to print; the exit code says whether it could be written.
int finish(int code = 0);

} // namespace retort

#endif
