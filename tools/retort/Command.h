// The subcommands of `retort`. Each is one file that declares a Command; main finds it here.
#ifndef RETORT_TOOLS_RETORT_COMMAND_H
#define RETORT_TOOLS_RETORT_COMMAND_H

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace retort {

/// A subcommand: its options are cl::opts with cl::sub(command), because libLLVM owns the top
/// level's names.
class Command : public llvm::cl::SubCommand {
public:
  /// `run` does the work; the error it returns is printed as the one `error:` line, and the exit
  /// code is 1.
  Command(llvm::StringRef name, llvm::StringRef description, llvm::Error (*run)());

  llvm::Error (*run)();

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
