// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every tool says of itself.
#ifndef RETORT_TOOLS_VERSION_H
#define RETORT_TOOLS_VERSION_H

#include "llvm/Support/raw_ostream.h"

namespace retort {

/// One line: the tool, its version, the commit it was built from, LLVM's version.
void printVersion(llvm::raw_ostream &stream, const char *tool);

/// What --version prints where LLVM reads the command line.
void setVersion(const char *tool);

} // namespace retort

#endif
