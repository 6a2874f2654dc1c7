// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of a subcommand: what is wrong with it, and its help.
#ifndef RETORT_TOOLS_RETORT_COMMANDLINE_H
#define RETORT_TOOLS_RETORT_COMMANDLINE_H

#include "tools/retort/Command.h"

namespace retort {

/// The name that is spelled most like `given`.
llvm::StringRef nearestName(llvm::StringRef given, llvm::ArrayRef<llvm::StringRef> names);

enum class Asked { Run, Help, Version };

/// What is asked for behind the command's name. A usage error where a flag is not one of the
/// command's.
llvm::Expected<Asked> whatIsAsked(Command &command, llvm::ArrayRef<llvm::StringRef> words);

/// Sets the flags, and checks their values.
llvm::Error readFlags(Command &command, int argc, char **argv);

void printHelp(Command &command);

} // namespace retort

#endif
