// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The models of a tokenizer.json: their vocabulary, and which model it is.
#include "lib/Text/SubwordModel.h"

using namespace retort::text;
using retort::runtime::Failure;

// An id beyond is a mistake in the file, not a vocabulary: a table of all ids is kept.
static constexpr int64_t mostTokens = int64_t(1) << 22;

// Where a text is cut, each place asks how far the longest token reaches.
static constexpr size_t longestAllowed = 4096;

void Vocabulary::add(const std::string &token, int64_t id) {
  if (id < 0 || id >= mostTokens)
    throw Failure("expects an id from 0 to " + std::to_string(mostTokens - 1) + " for token '" +
                  token + "' (found " + std::to_string(id) + ")");
  if (token.size() > longestAllowed)
    throw Failure("expects tokens of at most " + std::to_string(longestAllowed) + " bytes (found " +
                  std::to_string(token.size()) + " for id " + std::to_string(id) + ")");
  if (id >= size())
    tokens.resize(size_t(id) + 1);
  tokens[size_t(id)] = token;
  ids[token] = id;
  longest = std::max(longest, token.size());
}

std::optional<int64_t> Vocabulary::find(const std::string &token) const {
  auto it = ids.find(token);
  return it == ids.end() ? std::nullopt : std::optional(it->second);
}

int64_t Vocabulary::at(const std::string &token, const char *what) const {
  if (auto id = find(token))
    return *id;
  throw Failure(std::string(what) + " '" + token + "' is not in the vocabulary");
}

std::optional<TokenIds> Vocabulary::bytesOf(std::string_view text) const {
  static constexpr char digits[] = "0123456789ABCDEF";
  TokenIds result;
  for (unsigned char byte : text) {
    auto id = find({'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'});
    if (!id)
      return std::nullopt;
    result.push_back(*id);
  }
  return result;
}

void retort::text::readVocabulary(const Json &model, Vocabulary &vocabulary) {
  const Json &tokens = member(model, "vocab");
  if (!tokens.is_object())
    throw Failure(std::string("expects an object for 'model.vocab', found ") + tokens.type_name());
  for (const auto &[token, id] : tokens.items()) {
    if (!id.is_number_integer())
      throw Failure("token '" + token + "' has no integer id");
    vocabulary.add(token, id.get<int64_t>());
  }
}

/// Old files do not name the type.
static std::string typeOfModel(const Json &model) {
  if (!member(model, "type").is_null())
    return typeOf(model);
  if (!member(model, "merges").is_null())
    return "BPE";
  if (member(model, "vocab").is_array())
    return "Unigram";
  return member(model, "continuing_subword_prefix").is_null() ? "WordLevel" : "WordPiece";
}

std::unique_ptr<SubwordModel> retort::text::makeSubwordModel(const Json &model) {
  if (!model.is_object())
    throw Failure(std::string("expects an object for 'model', found ") + model.type_name());
  std::string type = typeOfModel(model);
  if (type == "BPE")
    return makeBpe(model);
  if (type == "Unigram")
    return makeUnigram(model);
  if (type == "WordPiece")
    return makeWordPiece(model);
  if (type == "WordLevel")
    return makeWordLevel(model);
  unsupported("model", type);
}
