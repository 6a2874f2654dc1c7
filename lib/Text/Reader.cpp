// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model and the tokenizer that belongs to it, checked against each other.
#include "lib/Text/Reader.h"

#include <algorithm>

using namespace retort::text;
using namespace retort::runtime;

Result<int64_t> retort::text::countLogits(Decoder &decoder) {
  if (auto logits = decoder.feed({0}); !logits)
    return Error{logits.error()};
  decoder.reset();
  return decoder.vocabulary();
}

Status retort::text::checkVocabulary(Decoder &decoder, const Tokenizer &tokenizer) {
  auto logits = countLogits(decoder);
  if (!logits)
    return Error{logits.error()};
  if (tokenizer.size() > *logits)
    return Error{"a token has " + std::to_string(*logits) +
                 " output values: these are no logits of the tokenizer's " +
                 std::to_string(tokenizer.size()) + " ids"};
  return Done();
}

/// EOS by the model's configuration, else by the tokenizer; BOS begins another text.
static void findStops(const LanguageInfo &language, const Tokenizer *tokenizer, Reader &reader) {
  reader.stops.assign(language.eos.begin(), language.eos.end());
  if (reader.stops.empty() && tokenizer && tokenizer->eos) {
    reader.stops.push_back(*tokenizer->eos);
    reader.notes.push_back(
        "no configuration beside the model names the token that ends a text: taking " +
        std::to_string(*tokenizer->eos) + " of the tokenizer");
  } else if (reader.stops.empty()) {
    reader.notes.push_back(
        "neither the model's configuration nor the tokenizer names the token that ends a text");
  }
  if (tokenizer)
    reader.stops.insert(reader.stops.end(), tokenizer->bos.begin(), tokenizer->bos.end());
  if (language.bos)
    reader.stops.push_back(*language.bos);
}

Result<Reader> Reader::open(Model &model, const Tokenizer *tokenizer, int64_t context) {
  auto decoder = Decoder::create(model);
  if (!decoder)
    return Error{decoder.error()};
  if (Status fits = tokenizer ? checkVocabulary(**decoder, *tokenizer) : Status(Done()); !fits)
    return Error{fits.error()};
  Reader reader{std::move(*decoder), context, {}, {}};
  int64_t limit = reader.decoder->context();
  if (model.function("step") && limit > 0 && context > limit)
    return Error{"the model was compiled for a context of " + std::to_string(limit) +
                 " tokens, not " + std::to_string(context)};
  if (context <= 0)
    reader.context = limit;
  if (const std::string &reason = model.manifest().noDecodeStep; !reason.empty())
    reader.notes.push_back("no decode step: " + reason);
  if (reader.decoder->recomputes())
    reader.notes.push_back(
        "the model has neither a cache nor a decode step: each token reads the whole text again");
  findStops(model.manifest().language, tokenizer, reader);
  return reader;
}

Result<std::unique_ptr<Decoder>> retort::text::openForWindows(Model &model, int64_t length) {
  auto decoder = Decoder::create(model);
  Function *graph = model.function("main");
  if (!decoder || !graph || !model.function("step") || (*decoder)->context() <= 0 ||
      length <= (*decoder)->context())
    return decoder;
  if (auto whole = Decoder::ofGraph(model))
    return whole;
  return Error{"windows of " + std::to_string(length) + " tokens do not fit the context of " +
               std::to_string((*decoder)->context())};
}
