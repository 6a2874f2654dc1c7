// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text to token ids and back, from SentencePiece models and Hugging Face's tokenizer.json.
#ifndef RETORT_LIB_TEXT_TOKENIZER_H
#define RETORT_LIB_TEXT_TOKENIZER_H

#include "lib/Runtime/Result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retort::text {

using TokenIds = std::vector<int64_t>;

/// Spaces that begin the text of some tokens and are not part of it: none, that of the first token,
/// or those of every token until there is a text.
enum class LeadingSpace { Kept, DroppedOnce, DroppedAlways };

class Tokenizer {
public:
  /// By the file's content; messages name the file. "bytes" is no file: ids are bytes.
  static runtime::Result<std::unique_ptr<Tokenizer>> load(const std::string &path);
  virtual ~Tokenizer() = default;

  /// Ids of a text, without BOS. A tokenizer.json finds special tokens in the text; a SentencePiece
  /// model does so where `findsControls` is set.
  runtime::Result<TokenIds> encode(std::string_view text) const;

  /// Ids are below this.
  virtual int64_t size() const = 0;
  /// The bytes that a token adds to a text, a leading space included; none for control tokens and
  /// unknown ids.
  virtual std::string bytesOf(int64_t id) const = 0;
  virtual LeadingSpace leadingSpace() const = 0;

  /// What the tokenizer itself puts before a text: mostly one token, or none.
  TokenIds bos;
  /// The token that ends a text.
  std::optional<int64_t> eos;
  /// Control tokens that encodeText takes for text, as they are written, and whether encode finds
  /// them.
  std::vector<std::pair<std::string, int64_t>> controls;
  bool findsControls = false;
  /// The most tokens of a text; 0: not known.
  int64_t longest = 0;

protected:
  /// May throw.
  virtual TokenIds encodeText(std::string_view text) const = 0;

private:
  TokenIds encodeAround(std::string_view text) const;
};

/// Turns tokens into text as they come: whole characters of UTF-8 only.
class Detokenizer {
public:
  explicit Detokenizer(const Tokenizer &tokenizer)
      : tokenizer(tokenizer), atStart(tokenizer.leadingSpace() != LeadingSpace::Kept) {}

  /// The text that is complete now; bytes that are not UTF-8 become U+FFFD.
  std::string push(int64_t token);
  /// The rest.
  std::string finish();

private:
  const Tokenizer &tokenizer;
  bool atStart;
  std::string pending;
};

/// The whole text of some tokens.
std::string decode(const Tokenizer &tokenizer, const TokenIds &tokens);

} // namespace retort::text

#endif
