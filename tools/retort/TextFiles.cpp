// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text and the tokenizer that commands read.
#include "tools/retort/TextFiles.h"
#include "dialects/Retort/ScratchMemory.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Runtime/ReadFile.h"
#include "lib/Support/PendingFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

TokenizerFlag::TokenizerFlag(Command &command)
    : cl::opt<std::string>("tokenizer",
                           cl::desc("SentencePiece model, Hugging Face tokenizer.json, or 'bytes'"),
                           cl::value_desc("FILE"), cl::sub(command)) {}

TextFlag::TextFlag(Command &command)
    : cl::opt<std::string>("text", cl::desc("documents, separated by lines <|endoftext|>"),
                           cl::value_desc("FILE"), cl::sub(command)) {}

ParseSpecialFlag::ParseSpecialFlag(Command &command, StringRef where)
    : cl::opt<bool>("parse-special", cl::sub(command)),
      description(("find control tokens of a SentencePiece model in " + where +
                   ", as a tokenizer.json does by itself")
                      .str()) {
  setDescription(description);
}

Expected<std::unique_ptr<text::Tokenizer>> TokenizerFlag::load() const {
  if (getValue().empty())
    return make_error<UsageError>("no tokenizer given: expects --tokenizer=FILE");
  auto tokenizer = text::Tokenizer::load(getValue());
  if (!tokenizer)
    return makeError(tokenizer.error());
  return std::move(*tokenizer);
}

// ICU counts the 16-bit units of a text with 31 bits.
static constexpr uint64_t mostBytes = uint64_t(1) << 30;

Expected<std::string> retort::readTextFile(StringRef path) {
  auto bytes = runtime::readFile(path.str(), mostBytes);
  if (!bytes)
    return makeError("cannot read '" + path + "': " + bytes.error());
  return std::move(*bytes);
}

Expected<TextInput> retort::loadText(const TokenizerFlag &flag, StringRef path, FilePlan &files) {
  auto tokenizer = flag.load();
  if (!tokenizer)
    return tokenizer.takeError();
  auto content = readTextFile(path);
  if (!content)
    return content.takeError();
  files.read(flag, "the tokenizer");
  files.read(path, "the text");
  return TextInput{std::move(*tokenizer), std::move(*content)};
}

Expected<std::string> retort::readPrompt(StringRef value) {
  if (value.consume_front("@@"))
    return ("@" + value).str();
  if (value != "-" && !value.consume_front("@"))
    return value.str();
  auto text = readTextFile(value);
  if (text && StringRef(*text).ends_with("\n"))
    text->pop_back();
  return text;
}

Expected<std::string> retort::createScratch(StringRef suffix) {
  SmallString<128> path;
  int descriptor;
  if (std::error_code code = sys::fs::createUniqueFile(
          scratchFolder() + "/retort-%%%%%%%%." + suffix, descriptor, path))
    return createStringError(code, "cannot make a temporary file");
  sys::fs::closeFile(descriptor);
  sys::RemoveFileOnSignal(path);
  return std::string(path);
}

Error retort::writeTokens(StringRef path, const text::TokenWriter &tokens) {
  return writeFile(path, [&](raw_ostream &stream) {
    tokens.write([&](StringRef part) { stream << part; });
    return Error::success();
  });
}

void retort::printNotes(const std::vector<std::string> &notes) {
  for (const std::string &note : notes)
    errs() << "note: " << note << "\n";
}
