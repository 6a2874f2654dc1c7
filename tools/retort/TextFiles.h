// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text and the tokenizer that commands read.
#ifndef RETORT_TOOLS_RETORT_TEXTFILES_H
#define RETORT_TOOLS_RETORT_TEXTFILES_H

#include "lib/Support/FilePlan.h"
#include "lib/Text/TokenFile.h"
#include "lib/Text/Tokenizer.h"
#include "tools/retort/Command.h"

namespace retort {

/// --tokenizer=FILE.
struct TokenizerFlag : llvm::cl::opt<std::string> {
  explicit TokenizerFlag(Command &command);

  /// A usage error where the flag is missing.
  llvm::Expected<std::unique_ptr<text::Tokenizer>> load() const;
};

/// --text=FILE: documents, separated by lines <|endoftext|>.
struct TextFlag : llvm::cl::opt<std::string> {
  explicit TextFlag(Command &command);
};

/// --parse-special: find control tokens of a SentencePiece model in `where`.
struct ParseSpecialFlag : llvm::cl::opt<bool> {
  explicit ParseSpecialFlag(Command &command, llvm::StringRef where = "the text");

private:
  std::string description;
};

/// The content of a file or a pipe; "-" is standard input.
llvm::Expected<std::string> readTextFile(llvm::StringRef path);

/// A text and what cuts it into tokens.
struct TextInput {
  std::unique_ptr<text::Tokenizer> tokenizer;
  std::string content;
};
/// Loads both, and adds them to the files that are read.
llvm::Expected<TextInput> loadText(const TokenizerFlag &tokenizer, llvm::StringRef path,
                                   FilePlan &files);

/// What --prompt means: "-" is standard input, "@FILE" the content of a file, without the line's
/// end at its end; "@@" begins a text with "@".
llvm::Expected<std::string> readPrompt(llvm::StringRef value);

/// The name of an empty file for what a command needs while it runs; a FileRemover takes it away.
llvm::Expected<std::string> createScratch(llvm::StringRef suffix);

/// Writes a file of tokens, or none.
llvm::Error writeTokens(llvm::StringRef path, const text::TokenWriter &tokens);

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
