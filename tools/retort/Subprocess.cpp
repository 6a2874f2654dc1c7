// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs another command of this program.
#include "tools/retort/Subprocess.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace retort;

/// The line `error: ...` of what a command printed.
static std::string errorIn(StringRef log) {
  auto file = MemoryBuffer::getFile(log);
  SmallVector<StringRef> lines;
  if (file)
    (*file)->getBuffer().split(lines, '\n');
  for (StringRef line : reverse(lines))
    if (line.consume_front("error: "))
      return line.str();
  return "";
}

Error retort::runRetort(const std::vector<std::string> &words, StringRef log) {
  static int anchor;
  std::string program = sys::fs::getMainExecutable("retort", &anchor);
  SmallVector<StringRef> arguments{program};
  arguments.append(words.begin(), words.end());
  std::string problem;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(), log};
  int code = sys::ExecuteAndWait(program, arguments, std::nullopt, redirects, 0, 0, &problem);
  if (code == 0) {
    sys::fs::remove(log);
    return Error::success();
  }
  if (std::string said = errorIn(log); code > 0 && !said.empty())
    return createStringError(said);
  if (problem.empty())
    problem = "exit code " + std::to_string(code);
  return createStringError("'retort " + words.front() + "' ended by itself: " + problem +
                           "; what it printed is in '" + log.str() + "'");
}
