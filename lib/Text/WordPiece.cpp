// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models that look words up: WordPiece takes the longest tokens from the left, WordLevel whole
// words alone.
#include "lib/Text/SubwordModel.h"
#include "lib/Text/Unicode.h"

#include <algorithm>

using namespace retort::text;

// The time that a word takes grows with the square of its length.
static constexpr int64_t longestWord = 10000;

namespace {
class WordPiece : public SubwordModel {
public:
  explicit WordPiece(const Json &model)
      : prefix(stringOf(model, "continuing_subword_prefix", "##")),
        longest(size_t(std::clamp<int64_t>(integerOf(model, "max_input_chars_per_word", 100), 0,
                                           longestWord))) {
    readVocabulary(model, vocabulary);
    unknown = vocabulary.at(stringOf(model, "unk_token", "[UNK]"), "'unk_token'");
  }

  void encode(const std::string &piece, TokenIds &ids) const override {
    std::vector<Character> characters = charactersOf(piece);
    TokenIds found;
    for (size_t begin = 0; begin < characters.size();) {
      size_t next =
          characters.size() > longest ? begin : takeLongest(piece, characters, begin, found);
      if (next == begin) { // a word that has one unknown part is unknown
        ids.push_back(unknown);
        return;
      }
      begin = next;
    }
    ids.insert(ids.end(), found.begin(), found.end());
  }

private:
  /// Appends the longest token at `begin`, and returns the character behind it.
  size_t takeLongest(const std::string &piece, const std::vector<Character> &characters,
                     size_t begin, TokenIds &ids) const {
    const char *first = characters[begin].bytes.data();
    // A character has a byte at least.
    size_t last = std::min(characters.size(), begin + vocabulary.longestToken());
    for (size_t end = last; end > begin; --end) {
      std::string_view final = characters[end - 1].bytes;
      std::string token(first, size_t(final.data() + final.size() - first));
      if (auto id = vocabulary.find(first == piece.data() ? token : prefix + token)) {
        ids.push_back(*id);
        return end;
      }
    }
    return begin;
  }

  std::string prefix;
  size_t longest; // word, in characters
  int64_t unknown;
};

class WordLevel : public SubwordModel {
public:
  explicit WordLevel(const Json &model) {
    readVocabulary(model, vocabulary);
    unknown = vocabulary.find(stringOf(model, "unk_token", "<unk>"));
  }

  void encode(const std::string &piece, TokenIds &ids) const override {
    auto id = vocabulary.find(piece);
    if (!id && !unknown)
      throw retort::runtime::Failure("'" + piece +
                                     "' has no token, and there is none for unknown words");
    ids.push_back(id ? *id : *unknown);
  }

private:
  std::optional<int64_t> unknown;
};
} // namespace

std::unique_ptr<SubwordModel> retort::text::makeWordPiece(const Json &model) {
  return std::make_unique<WordPiece>(model);
}

std::unique_ptr<SubwordModel> retort::text::makeWordLevel(const Json &model) {
  return std::make_unique<WordLevel>(model);
}
