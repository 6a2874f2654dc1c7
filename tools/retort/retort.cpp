// retort: the compiler's driver. Results go to stdout, everything else to stderr; exit code 0
// success, 1 an error of the model or its values, 2 wrong usage.
#include "tools/retort/Command.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <unistd.h>

using namespace llvm;
using namespace retort;

static int fail(const Twine &message, int code) {
  errs() << "error: " << message << "\n";
  return code;
}

static void printUsage(raw_ostream &stream) {
  stream << "Retort compresses and compiles language models.\n\nusage: retort COMMAND [FLAGS]\n\n";
  for (Command *command : Command::all())
    stream << "  " << left_justify(command->getName(), 11) << command->getDescription() << "\n";
  stream << "\n`retort COMMAND --help` explains a command.\n";
}

static int report(Error error) {
  outs().flush(); // what was found comes before what is wrong with it
  bool usage = error.isA<UsageError>();
  return fail(toString(std::move(error)), usage ? 2 : 1);
}

namespace {
/// What is written to stderr while it lives: LLVM's parsers of values print there by themselves.
class CapturedErrors {
public:
  CapturedErrors() : file(std::tmpfile()), before(dup(2)) {
    if (file)
      dup2(fileno(file), 2);
  }
  ~CapturedErrors() {
    dup2(before, 2);
    close(before);
    if (file)
      std::fclose(file);
  }
  std::string text() const {
    char bytes[1024];
    ssize_t count = file ? pread(fileno(file), bytes, sizeof(bytes), 0) : 0;
    return std::string(bytes, count > 0 ? size_t(count) : 0);
  }

private:
  std::FILE *file;
  int before;
};
} // namespace

/// The first problem of the command line; empty where there is none.
static std::string parse(int argc, char **argv, StringRef overview) {
  std::string problem;
  raw_string_ostream stream(problem);
  CapturedErrors printed;
  if (cl::ParseCommandLineOptions(argc, argv, overview, &stream))
    return "";
  stream << printed.text();
  StringRef first = StringRef(problem).split('\n').first;
  first.consume_front("retort: ");
  return first.empty() ? "wrong usage" : first.str();
}

int main(int argc, char **argv) {
  sys::Process::UseANSIEscapeCodes(true);
  llvm::sort(Command::all(), [](Command *a, Command *b) { return a->getName() < b->getName(); });
  StringRef first = argc > 1 ? argv[1] : "--help";
  if (first == "--help" || first == "-h" || first == "help") {
    printUsage(outs());
    return argc > 1 ? 0 : 2;
  }
  if (first == "--version") {
    outs() << "retort " RETORT_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
    return 0;
  }
  auto command = llvm::find_if(Command::all(), [&](Command *c) { return c->getName() == first; });
  if (command == Command::all().end())
    return fail("unknown command '" + first + "'", 2);

  if (std::string problem = parse(argc, argv, (*command)->getDescription()); !problem.empty())
    return fail(problem, 2);
  if (Error error = (*command)->run())
    return report(std::move(error));
  outs().flush();
  return outs().has_error() ? fail("cannot write to standard output", 1) : 0;
}
