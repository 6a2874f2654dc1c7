// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tool says when it fails: one line, however long the names in it are.
#ifndef RETORT_LIB_SUPPORT_ERRORLINE_H
#define RETORT_LIB_SUPPORT_ERRORLINE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace retort {

/// `error: MESSAGE`, in fewer than 200 bytes: the longest quoted text loses its middle. Control
/// characters, which files may have in their names, are question marks. Notes keep lines of their
/// own.
std::string errorLine(llvm::StringRef message);

/// Ends the program with an error line where a mapped file is cut off while it is read, which the
/// system tells by a signal. For programs alone: a library leaves signals to its host.
void explainBusErrors();

} // namespace retort

#endif
