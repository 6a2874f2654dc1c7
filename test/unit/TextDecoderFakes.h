// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model and a tokenizer of a few words, for tests of what is done with them.
#ifndef RETORT_TEST_UNIT_TEXTDECODERFAKES_H
#define RETORT_TEST_UNIT_TEXTDECODERFAKES_H

#include "lib/Runtime/Decoder.h"
#include "lib/Text/Tokenizer.h"

#include <cmath>

namespace retort::text {

/// Words of one letter: "a" is 3; 1 is BOS, 2 EOS. Each word carries its space.
class LetterTokenizer : public Tokenizer {
public:
  LetterTokenizer() {
    bos = {1};
    eos = 2;
  }
  int64_t size() const override { return 8; }
  std::string bytesOf(int64_t id) const override {
    return id < 3 ? "" : std::string(" ") + char('a' + id - 3);
  }
  LeadingSpace leadingSpace() const override { return LeadingSpace::DroppedOnce; }

protected:
  TokenIds encodeText(std::string_view text) const override {
    TokenIds ids;
    for (char c : text)
      if (c != ' ')
        ids.push_back(3 + c - 'a');
    return ids;
  }
};

/// Logits that depend on every token so far: sin(seed + 31 sum + 7 position + 3 id).
class SineDecoder : public runtime::Decoder {
public:
  explicit SineDecoder(double seed = 0, int64_t width = 8, bool lastRowOnly = false)
      : seed(seed), lastRowOnly(lastRowOnly) {
    ids = width;
    limit = 16;
  }

  runtime::Result<runtime::Tensor> read(const TokenIds &tokens, int64_t) override {
    ++calls;
    if (past + int64_t(tokens.size()) > limit)
      return runtime::Error{"too long"};
    runtime::Tensor all =
        runtime::Tensor::allocate(runtime::ElementType::F32, {int64_t(tokens.size()), ids});
    for (size_t t = 0; t < tokens.size(); ++t) {
      sum += tokens[t];
      for (int64_t v = 0; v < ids; ++v)
        all.as<float>()[int64_t(t) * ids + v] = logit(sum, past + int64_t(t), v);
    }
    past += int64_t(tokens.size());
    if (!lastRowOnly)
      return all;
    runtime::Tensor last = runtime::Tensor::allocate(runtime::ElementType::F32, {1, ids});
    std::copy_n(all.as<float>() + all.count() - ids, ids, last.as<float>());
    return last;
  }
  void reset() override { past = sum = 0; }
  runtime::Result<runtime::DecoderState> state() const override { return runtime::DecoderState(); }
  runtime::Status restore(const runtime::DecoderState &) override { return runtime::Done(); }

  float logit(int64_t sumOfTokens, int64_t position, int64_t id) const {
    return float(3 * std::sin(seed + double(31 * sumOfTokens + 7 * position + 3 * id)));
  }

  int calls = 0;

private:
  double seed;
  bool lastRowOnly;
  int64_t sum = 0;
};

} // namespace retort::text

#endif
