// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that lie beside a model and belong to it.
#include "lib/Pipeline/Companions.h"
#include "lib/Support/PendingFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

static constexpr StringLiteral companions[] = {
    "config.json",
    "generation_config.json",
    "genai_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "chat_template.jinja",
};

static SmallString<256> beside(StringRef path, StringRef name) {
  SmallString<256> result(sys::path::parent_path(path));
  sys::path::append(result, name);
  return result;
}

Error retort::copyCompanions(StringRef model, StringRef output) {
  for (StringRef name : companions) {
    SmallString<256> from = beside(model, name), to = beside(output, name);
    if (!sys::fs::is_regular_file(from) || sys::fs::exists(to))
      continue;
    auto content = MemoryBuffer::getFile(from, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!content)
      return createStringError(content.getError(),
                               "cannot read '" + from + "': " + content.getError().message());
    if (Error error = writeFile(to, [&](raw_ostream &stream) {
          stream << (*content)->getBuffer();
          return Error::success();
        }))
      return error;
  }
  return Error::success();
}
