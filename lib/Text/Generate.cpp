// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Continues a text token by token.
#include "lib/Text/Generate.h"
#include "lib/Text/Drafts.h"
#include "lib/Text/StopTexts.h"
#include "lib/Text/Windows.h"

#include <algorithm>
#include <chrono>

using namespace retort::text;
using namespace retort::runtime;

static double secondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

static Result<TokenIds> encodePrompt(const Reader &reader, const Tokenizer &tokenizer,
                                     const std::string &prompt) {
  auto ids = tokensOfDocument(prompt, tokenizer);
  if (!ids)
    return ids;
  if (ids->empty())
    return Error{"the prompt has no tokens"};
  if (reader.context > 0 && int64_t(ids->size()) > reader.context)
    return Error{"the prompt has " + std::to_string(ids->size()) + " tokens, the context holds " +
                 std::to_string(reader.context)};
  return ids;
}

/// How many tokens may be drafted: those of the text are to fit the context, and the first comes
/// without.
static int64_t roomForDraft(const Reader &reader, const GenerateOptions &options, int64_t position,
                            size_t written) {
  int64_t wanted = options.tokens - int64_t(written) - 1;
  return reader.context > 0 ? std::min(wanted, reader.context - position - 1) : wanted;
}

Result<Generated> retort::text::generate(Reader &reader, const Tokenizer &tokenizer,
                                         const GenerateOptions &options,
                                         const std::function<void(const std::string &)> &write) {
  auto sampler = Sampler::create(options.sampler);
  auto prompt = encodePrompt(reader, tokenizer, options.prompt);
  if (!sampler || !prompt)
    return Error{sampler ? prompt.error() : sampler.error()};
  Generated result;
  result.prompt = std::move(*prompt);
  Detokenizer detokenizer(tokenizer);
  StopTexts stops(options.stops);
  for (int64_t token : result.prompt)
    write(detokenizer.push(token));

  if (options.drafts && !reader.decoder->rewinds())
    return Error{"the model cannot take back a draft: it has no decode step whose states are rows "
                 "of tokens alone"};
  if (options.drafts && !reader.decoder->givesEveryRow())
    return Error{"the model cannot check a draft: it gives logits of the last token alone"};
  DraftedDecoder decoder(*reader.decoder, options.drafts);
  auto begin = std::chrono::steady_clock::now();
  auto logits = decoder.readPrompt(result.prompt);
  result.promptSeconds = secondsSince(begin);
  begin = std::chrono::steady_clock::now();
  while (int64_t(result.tokens.size()) < options.tokens) {
    if (!logits)
      return Error{logits.error()};
    auto token = sampler->choose(logits->as<float>(), logits->count());
    if (!token)
      return Error{token.error()};
    if (std::find(reader.stops.begin(), reader.stops.end(), *token) != reader.stops.end()) {
      result.reason = StopReason::Token;
      break;
    }
    write(stops.push(detokenizer.push(*token)));
    if (stops.reached()) {
      result.reason = StopReason::Text;
      break;
    }
    result.tokens.push_back(*token);
    if (int64_t(result.tokens.size()) == options.tokens)
      break;
    if (reader.context > 0 && decoder.position() >= reader.context) {
      result.reason = StopReason::Context;
      break;
    }
    logits = decoder.feed(*token,
                          roomForDraft(reader, options, decoder.position(), result.tokens.size()));
  }
  write(stops.push(detokenizer.finish()) + stops.finish());
  result.decodeSeconds = secondsSince(begin);
  result.drafts = decoder.counts();
  return result;
}
