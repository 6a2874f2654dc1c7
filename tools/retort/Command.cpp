// The subcommands of `retort`.
#include "tools/retort/Command.h"

using namespace retort;

char UsageError::ID = 0;

Command::Command(llvm::StringRef name, llvm::StringRef description, llvm::Error (*run)())
    : SubCommand(name, description), run(run) {
  all().push_back(this);
}

std::vector<Command *> &Command::all() {
  static std::vector<Command *> commands;
  return commands;
}
