// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort: the compiler's driver. Results go to stdout, everything else to stderr; exit code 0
// success, 1 an error of the model or its values, 2 wrong usage.
#include "lib/Support/ErrorLine.h"
#include "tools/Version.h"
#include "tools/retort/CommandLine.h"
#include "tools/retort/ErrorLine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static void printUsage(raw_ostream &stream) {
  stream << "Retort compresses and compiles language models.\n\nusage: retort COMMAND [FLAGS]\n\n";
  for (Command *command : Command::all())
    stream << "  " << left_justify(command->getName(), 11) << command->getDescription() << "\n";
  stream << "\n`retort COMMAND --help` explains a command.\n";
}

static int report(Error error) {
  bool usage = error.isA<UsageError>();
  return fail(toString(std::move(error)), usage ? 2 : 1);
}

static int failUnknown(StringRef name) {
  std::vector<StringRef> names;
  for (Command *command : Command::all())
    names.push_back(command->getName());
  return fail("unknown command '" + name.str() + "': the nearest is '" +
                  nearestName(name, names).str() + "'",
              2);
}

static int runCommand(Command &command, int argc, char **argv) {
  std::vector<StringRef> words(argv + 2, argv + argc);
  auto asked = whatIsAsked(command, words);
  if (!asked)
    return report(asked.takeError());
  if (*asked == Asked::Help)
    printHelp(command);
  else if (*asked == Asked::Version)
    printVersion(outs(), "retort");
  else if (Error error = readFlags(command, argc, argv))
    return report(std::move(error));
  else if (Error error = command.run())
    return report(std::move(error));
  return finish();
}

int main(int argc, char **argv) {
  explainBusErrors();
  sys::Process::UseANSIEscapeCodes(true);
  llvm::sort(Command::all(), [](Command *a, Command *b) { return a->getName() < b->getName(); });
  StringRef first = argc > 1 ? argv[1] : "--help";
  if (first == "--help" || first == "-h" || first == "help") {
    printUsage(outs());
    return finish(argc > 1 ? 0 : 2);
  }
  if (first == "--version") {
    printVersion(outs(), "retort");
    return finish();
  }
  auto command = llvm::find_if(Command::all(), [&](Command *c) { return c->getName() == first; });
  return command == Command::all().end() ? failUnknown(first) : runCommand(**command, argc, argv);
}
