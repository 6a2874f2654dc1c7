// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The models of a tokenizer.json: what makes ids of a piece of text.
#ifndef RETORT_LIB_TEXT_SUBWORDMODEL_H
#define RETORT_LIB_TEXT_SUBWORDMODEL_H

#include "lib/Text/JsonFields.h"
#include "lib/Text/Tokenizer.h"

#include <unordered_map>

namespace retort::text {

/// Tokens by id, and back.
class Vocabulary {
public:
  void add(const std::string &token, int64_t id);
  std::optional<int64_t> find(const std::string &token) const;
  /// Throws where there is no such token.
  int64_t at(const std::string &token, const char *what) const;
  /// One more than the largest id.
  int64_t size() const { return int64_t(tokens.size()); }
  /// "" where no token has this id.
  const std::string &token(int64_t id) const { return tokens[size_t(id)]; }
  /// The bytes of the longest token.
  size_t longestToken() const { return longest; }
  /// The ids of <0x..> for each byte; none where one of them is missing.
  std::optional<TokenIds> bytesOf(std::string_view text) const;

private:
  std::unordered_map<std::string, int64_t> ids;
  std::vector<std::string> tokens;
  size_t longest = 0;
};

class SubwordModel {
public:
  virtual ~SubwordModel() = default;
  /// Appends the ids of one piece.
  virtual void encode(const std::string &piece, TokenIds &ids) const = 0;

  Vocabulary vocabulary;
};

/// From the member `model`. Throws.
std::unique_ptr<SubwordModel> makeSubwordModel(const Json &model);

std::unique_ptr<SubwordModel> makeBpe(const Json &model);
std::unique_ptr<SubwordModel> makeUnigram(const Json &model);
std::unique_ptr<SubwordModel> makeWordPiece(const Json &model);
std::unique_ptr<SubwordModel> makeWordLevel(const Json &model);

/// Reads the member `vocab` where it is an object from tokens to ids.
void readVocabulary(const Json &model, Vocabulary &vocabulary);

} // namespace retort::text

#endif
