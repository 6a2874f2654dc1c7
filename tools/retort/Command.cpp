// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The subcommands of `retort`.
#include "tools/retort/Command.h"

#include "llvm/ADT/STLExtras.h"

using namespace retort;

char UsageError::ID = 0;

CheckedFlag::CheckedFlag(Command &command) { command.checks.push_back(this); }

Command::Command(llvm::StringRef name, llvm::StringRef description, llvm::StringRef example,
                 llvm::Error (*run)())
    : SubCommand(name, description), example(example), run(run) {
  all().push_back(this);
}

std::vector<llvm::cl::Option *> Command::flags() {
  std::vector<llvm::cl::Option *> own;
  for (auto &[name, option] : OptionsMap)
    if (!option->Subs.contains(&llvm::cl::SubCommand::getAll()) && option->getOptionHiddenFlag() == llvm::cl::NotHidden)
      own.push_back(option);
  llvm::sort(own, [](auto *a, auto *b) { return a->ArgStr < b->ArgStr; });
  return own;
}

std::vector<Command *> &Command::all() {
  static std::vector<Command *> commands;
  return commands;
}
