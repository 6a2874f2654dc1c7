// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ONNX does not say of a language model, from the files beside it.
#include "lib/Pipeline/Language.h"
#include "lib/Runtime/ReadFile.h"
#include "lib/Text/JsonLevels.h"

#include "dialects/Retort/Names.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

// A configuration takes some kilobytes.
static constexpr uint64_t mostBytes = uint64_t(1) << 24;

/// The JSON object in a file beside the model, or an empty one.
static llvm::json::Object readBeside(StringRef model, StringRef name) {
  SmallString<256> path(llvm::sys::path::parent_path(model));
  llvm::sys::path::append(path, name);
  if (!llvm::sys::fs::is_regular_file(path))
    return {};
  auto text = runtime::readFile(path.str().str(), mostBytes);
  if (!text || text::countJsonLevels(*text) > text::mostJsonLevels)
    return {};
  auto value = llvm::json::parse(*text);
  if (!value) {
    llvm::consumeError(value.takeError());
    return {};
  }
  llvm::json::Object *object = value->getAsObject();
  return object ? std::move(*object) : llvm::json::Object();
}

namespace {
struct Language {
  std::optional<int64_t> context, vocabulary, bos;
  SmallVector<int64_t> eos;

  /// Takes what `object` says and nothing said before.
  void read(const llvm::json::Object &object) {
    for (StringRef key : {"context_length", "max_position_embeddings", "n_positions", "n_ctx",
                          "max_seq_len", "seq_length"})
      if (auto value = object.getInteger(key); value && !context && *value > 0)
        context = *value;
    if (auto value = object.getInteger("vocab_size"); value && !vocabulary)
      vocabulary = *value;
    if (auto value = object.getInteger("bos_token_id"); value && !bos)
      bos = *value;
    if (!eos.empty())
      return;
    if (auto value = object.getInteger("eos_token_id"))
      eos.push_back(*value);
    else if (const llvm::json::Array *values = object.getArray("eos_token_id"))
      for (const llvm::json::Value &each : *values)
        if (auto id = each.getAsInteger())
          eos.push_back(*id);
  }
};
} // namespace

void retort::annotateLanguage(ModuleOp module, StringRef modelPath) {
  Language language;
  // The generation file overrides the model's, as it does for those who write both.
  language.read(readBeside(modelPath, "generation_config.json"));
  language.read(readBeside(modelPath, "config.json"));
  llvm::json::Object genai = readBeside(modelPath, "genai_config.json");
  if (const llvm::json::Object *model = genai.getObject("model"))
    language.read(*model);

  NamedAttrList entries;
  if (auto before = module->getAttrOfType<DictionaryAttr>(names::language))
    entries.append(before.getValue());
  Builder builder(module.getContext());
  if (language.context)
    entries.set("context", builder.getI64IntegerAttr(*language.context));
  if (language.vocabulary)
    entries.set("vocabulary", builder.getI64IntegerAttr(*language.vocabulary));
  if (language.bos)
    entries.set("bos", builder.getI64IntegerAttr(*language.bos));
  if (!language.eos.empty())
    entries.set("eos", builder.getI64ArrayAttr(language.eos));
  if (!entries.empty())
    module->setAttr(names::language, entries.getDictionary(module.getContext()));
}
