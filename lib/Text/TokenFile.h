// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens in a file, `NAME.tokens`: what a model is trained on, so that training needs no tokenizer.
//
// Little endian; the file is mapped, and ids become integers of 64 bits a window at a time.
//
//   bytes   what
//   0..7    "RTOKENS" and a zero
//   8..11   version, 1
//   12..15  bytes of an id: 2 where all ids of the vocabulary fit, else 4
//   16..23  number of tokens N, at least 1
//   24..31  size of the vocabulary: each id is below
//   32..39  hash of the tokenizer's vocabulary (hashOfVocabulary); 0: not known
//   40..43  1 where tokens have weights, else 0
//   44..47  tokens of a window; 0: a text, which may be cut anywhere
//   48..63  zeros
//   64..    N ids; zeros up to a multiple of 8; with weights, a bit for each token, lowest first
#ifndef RETORT_LIB_TEXT_TOKENFILE_H
#define RETORT_LIB_TEXT_TOKENFILE_H

#include "lib/Runtime/Result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace retort::text {

/// A hash of bytes that is the same on every machine.
uint64_t hashOfBytes(std::string_view bytes, uint64_t start = 0);

/// Of the tokens of a window whether each counts, the weights of its rows. Row i says what token
/// i + 1 is, so that it weighs 1 where that token counts; the last row weighs 0.
std::vector<float> rowWeightsOf(const std::vector<bool> &counts);

/// A file that is open, or a copy of it, which shares the mapping. Errors begin with the path.
class TokenFile {
public:
  /// Reads all ids once, so that none can be beyond the vocabulary later. Takes no pipe.
  static runtime::Result<TokenFile> open(const std::string &path);

  const std::string &path() const { return name; }
  /// The number of tokens.
  int64_t size() const { return tokens; }
  int64_t vocabulary() const { return idCount; }
  /// 0: not known.
  uint64_t tokenizerHash() const { return tokenizer; }
  /// Of ids, weights and the length of windows: what a checkpoint of training is about. Reads the
  /// file.
  uint64_t contentHash() const;
  /// Each window is a text of its own; 0: documents that are joined, which may be cut anywhere.
  int64_t windowLength() const { return window; }
  bool hasWeights() const { return bits != nullptr; }

  /// Of `count` tokens from `begin` on, which must be there.
  std::vector<int64_t> ids(int64_t begin, int64_t count) const;
  /// Whether a model is to learn to say this token: not those of a prompt, nor behind the end.
  bool counts(int64_t token) const { return !bits || (bits[token / 8] >> (token % 8) & 1); }
  /// Of a window of these tokens, as rowWeightsOf.
  std::vector<float> rowWeights(int64_t begin, int64_t count) const;

  /// How many windows of `length` tokens there are; the first begins at token 0, each where the one
  /// before ends, and a shorter rest is dropped. An error where there is not a single one, or where
  /// they would lie across windows of the file.
  runtime::Result<int64_t> countWindows(int64_t length) const;

  /// An error where ids are beyond the logits of a model.
  runtime::Status expectLogits(int64_t logits) const;
  /// An error where tokens are those of another tokenizer; a hash that is not known is like any.
  runtime::Status expectTokenizer(uint64_t hash) const;

private:
  int64_t id(int64_t token) const;

  std::string name;
  std::shared_ptr<const void> owner;                    // of the mapping
  const unsigned char *data = nullptr, *bits = nullptr; // ids, and a bit for each where there are
  int64_t width = 2, tokens = 0, idCount = 0, window = 0;
  uint64_t tokenizer = 0;
};

/// Collects the tokens of a file, in the bytes that they take there.
class TokenWriter {
public:
  explicit TokenWriter(int64_t vocabulary, uint64_t tokenizerHash = 0, int64_t windowLength = 0);

  /// All of them count. An error names an id that is not of the vocabulary.
  runtime::Status append(const std::vector<int64_t> &ids);
  runtime::Status append(const std::vector<int64_t> &ids, const std::vector<bool> &counts);

  int64_t size() const { return tokens; }
  /// Of the file.
  int64_t bytes() const;
  /// Hands the file over, part by part; weights where a token does not count.
  void write(const std::function<void(std::string_view)> &take) const;

private:
  int64_t vocabulary, window, width, tokens = 0;
  uint64_t tokenizer;
  std::string data, bits;
  bool hasWeights = false;
};

} // namespace retort::text

#endif
