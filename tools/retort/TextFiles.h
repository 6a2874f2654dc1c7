// The text and the tokenizer that commands read.
#ifndef RETORT_TOOLS_RETORT_TEXTFILES_H
#define RETORT_TOOLS_RETORT_TEXTFILES_H

#include "lib/Text/Tokenizer.h"
#include "tools/retort/Command.h"

namespace retort {

/// --tokenizer=FILE.
struct TokenizerFlag : llvm::cl::opt<std::string> {
  explicit TokenizerFlag(Command &command);

  /// A usage error where the flag is missing.
  llvm::Expected<std::unique_ptr<text::Tokenizer>> load() const;
};

llvm::Expected<std::string> readTextFile(llvm::StringRef path);

/// Lines on stderr.
void printNotes(const std::vector<std::string> &notes);

/// The value of a result; its error begins with the name of the file that it is about.
template <typename T>
llvm::Expected<T> expectFrom(llvm::StringRef path, runtime::Result<T> result) {
  if (result)
    return std::move(*result);
  return llvm::createStringError(llvm::inconvertibleErrorCode(), path + ": " + result.error());
}

} // namespace retort

#endif
