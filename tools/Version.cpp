// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every tool says of itself.
#include "tools/Version.h"
#include "tools/Commit.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"

void retort::printVersion(llvm::raw_ostream &stream, const char *tool) {
  llvm::StringRef commit = RETORT_COMMIT;
  stream << tool << " " RETORT_VERSION " (";
  if (!commit.empty())
    stream << "commit " << commit << ", ";
  stream << "LLVM " LLVM_VERSION_STRING ")\n";
}

void retort::setVersion(const char *tool) {
  llvm::cl::SetVersionPrinter([tool](llvm::raw_ostream &stream) { printVersion(stream, tool); });
}
