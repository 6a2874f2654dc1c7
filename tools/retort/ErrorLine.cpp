// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ends a command with the one line that says what went wrong.
#include "tools/retort/ErrorLine.h"
#include "lib/Support/ErrorLine.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

int retort::fail(StringRef message, int code) {
  outs().flush(); // what was found comes before what is wrong with it
  outs().clear_error();
  errs() << errorLine(message) << "\n";
  return code;
}

int retort::finish(int code) {
  outs().flush();
  if (!outs().has_error())
    return code;
  return fail("cannot write to standard output: " + outs().error().message(), 1);
}
