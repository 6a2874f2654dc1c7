// The one line that says what went wrong.
#ifndef RETORT_TOOLS_RETORT_ERRORLINE_H
#define RETORT_TOOLS_RETORT_ERRORLINE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace retort {

/// Each line of a message as a terminal shows it: valid UTF-8 without control characters, and the
/// middle left out of what is long (names and values may have any length).
std::string shownLines(llvm::StringRef message);

/// Prints `error: message` and returns the exit code.
int fail(llvm::StringRef message, int code);

/// A mapped file that is cut off while it is read ends the process with a message: there is no way
/// back into the code that read it.
void explainBusErrors();

} // namespace retort

#endif
