// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The subcommands of `retort`. Each is one file that declares a Command; main finds it here.
#ifndef RETORT_TOOLS_RETORT_COMMAND_H
#define RETORT_TOOLS_RETORT_COMMAND_H

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace retort {

class Command;

/// A flag whose value is checked once the command line has been read.
class CheckedFlag {
public:
  explicit CheckedFlag(Command &command);
  virtual ~CheckedFlag() = default;
  /// The error names the flag, what it expects, and what was found.
  virtual llvm::Error check() const = 0;
};

/// A subcommand: its options are cl::opts with cl::sub(command), because libLLVM owns the top
/// level's names.
class Command : public llvm::cl::SubCommand {
public:
  /// `example` is a whole command line. `run` does the work; the error it returns is printed as the
  /// one `error:` line, and the exit code is 1.
  Command(llvm::StringRef name, llvm::StringRef description, llvm::StringRef example,
          llvm::Error (*run)());

  llvm::StringRef example;
  llvm::Error (*run)();
  std::vector<const CheckedFlag *> checks;

  /// The flags of this command alone, by name.
  std::vector<llvm::cl::Option *> flags();

  /// Every command of the executable.
  static std::vector<Command *> &all();
};

/// An error of usage (a flag without its value, no model): printed like any other, exit code 2.
class UsageError : public llvm::ErrorInfo<UsageError> {
public:
  static char ID;
  explicit UsageError(std::string message) : message(std::move(message)) {}
  void log(llvm::raw_ostream &stream) const override { stream << message; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  std::string message;
};

} // namespace retort

#endif
