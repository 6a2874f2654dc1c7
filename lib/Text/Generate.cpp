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

static Status checkDrafts(const Decoder &decoder) {
  if (!decoder.rewinds())
    return Error{"the model cannot take back a draft: it has no decode step whose states are rows "
                 "of tokens alone"};
  if (!decoder.givesEveryRow())
    return Error{"the model cannot check a draft: it gives logits of the last token alone"};
  return Done();
}

/// Goes on from a state, whose tokens the prompt begins with: of states that are rows of tokens,
/// what the two have in common is enough. How many tokens are known then; the last one is always
/// read.
static Result<size_t> continueFrom(const DecoderState &state, const TokenIds &prompt,
                                   Decoder &decoder) {
  size_t most = std::min(state.tokens.size(), prompt.size() - 1), common = 0;
  while (common < most && state.tokens[common] == prompt[common])
    ++common;
  if (Status status = decoder.restore(state); !status)
    return Error{status.error()};
  if (common == state.tokens.size())
    return common;
  if (!decoder.rewinds())
    return Error{"expects a prompt that goes on behind the " + std::to_string(state.tokens.size()) +
                 " tokens of the state, found one with " + std::to_string(common) +
                 " of them, and the model takes none back"};
  Status status = decoder.rewind(int64_t(state.tokens.size() - common));
  return status ? Result<size_t>(common) : Error{status.error()};
}

/// The last token of a text is known, and not read: nothing comes behind it.
static Status readRest(const Reader &reader, const Generated &result, DraftedDecoder &decoder) {
  if (decoder.position() < int64_t(result.prompt.size() + result.tokens.size()) &&
      (reader.context == 0 || decoder.position() < reader.context))
    if (auto logits = decoder.feed(result.tokens.back(), 0); !logits)
      return Error{logits.error()};
  return decoder.settle();
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

  if (Status status = options.drafts ? checkDrafts(*reader.decoder) : Status(Done()); !status)
    return Error{status.error()};
  DraftedDecoder decoder(*reader.decoder, options.drafts);
  if (options.state) {
    auto known = continueFrom(*options.state, result.prompt, *reader.decoder);
    if (!known)
      return Error{known.error()};
    result.known = *known;
  }
  auto begin = std::chrono::steady_clock::now();
  auto logits = decoder.readPrompt(result.prompt, result.known);
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
  if (options.readsAll)
    if (Status status = readRest(reader, result, decoder); !status)
      return Error{status.error()};
  return result;
}
