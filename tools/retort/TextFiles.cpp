// The text and the tokenizer that commands read.
#include "tools/retort/TextFiles.h"
#include "lib/Pipeline/Diagnostics.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

TokenizerFlag::TokenizerFlag(Command &command)
    : cl::opt<std::string>("tokenizer",
                           cl::desc("SentencePiece model, or Hugging Face tokenizer.json"),
                           cl::value_desc("FILE"), cl::sub(command)) {}

Expected<std::unique_ptr<text::Tokenizer>> TokenizerFlag::load() const {
  if (getValue().empty())
    return make_error<UsageError>("no tokenizer given: expects --tokenizer=FILE");
  auto tokenizer = text::Tokenizer::load(getValue());
  if (!tokenizer)
    return makeError(tokenizer.error());
  return std::move(*tokenizer);
}

Expected<std::string> retort::readTextFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path + "': " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

void retort::printNotes(const std::vector<std::string> &notes) {
  for (const std::string &note : notes)
    errs() << "note: " << note << "\n";
}
