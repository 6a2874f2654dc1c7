// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast a model reads a prompt and writes tokens.
#include "lib/Text/Measure.h"

#include <algorithm>
#include <chrono>

using namespace retort::text;
using namespace retort::runtime;

// Prompts are read again until both are reached.
static constexpr size_t fewestPrompts = 5;
static constexpr double enoughSeconds = 0.5;

TokenIds retort::text::arbitraryTokens(int64_t count, int64_t vocabulary) {
  TokenIds tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(int64_t(uint64_t(i + 1) * 2654435761u % uint64_t(vocabulary)));
  return tokens;
}

static double secondsToRead(Decoder &decoder, const TokenIds &tokens) {
  auto begin = std::chrono::steady_clock::now();
  if (auto logits = decoder.feedForLast(tokens); !logits)
    throw Failure(logits.error());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

static double medianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

static Speed measure(Decoder &decoder, int64_t prompt, int64_t generate) {
  auto vocabulary = countLogits(decoder);
  if (!vocabulary)
    throw Failure(vocabulary.error());
  TokenIds tokens = arbitraryTokens(prompt + generate, *vocabulary);
  TokenIds first(tokens.begin(), tokens.begin() + prompt);
  decoder.reset();
  secondsToRead(decoder, first); // maps weights, fills caches

  std::vector<double> prefills, decodes;
  for (double sum = 0; prefills.size() < fewestPrompts || sum < enoughSeconds;
       sum += prefills.back()) {
    decoder.reset();
    prefills.push_back(secondsToRead(decoder, first));
  }
  for (int64_t i = 0; i < generate; ++i)
    decodes.push_back(secondsToRead(decoder, {tokens[size_t(prompt + i)]}));
  return {double(prompt) / medianOf(prefills), 1 / medianOf(decodes)};
}

Result<Speed> retort::text::measureSpeed(Decoder &decoder, int64_t prompt, int64_t generate) {
  if (prompt < 1 || generate < 1)
    return Error{"expects at least 1 token to read and 1 to write, found " +
                 std::to_string(prompt) + " and " + std::to_string(generate)};
  return catching<Speed>([&] { return measure(decoder, prompt, generate); });
}
