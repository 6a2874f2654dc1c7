// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The unigram language model: the cut into tokens whose probabilities have the largest product.
#include "lib/Text/SubwordModel.h"
#include "lib/Text/Trie.h"
#include "lib/Text/Unicode.h"

#include <algorithm>

using namespace retort::text;
using retort::runtime::Failure;

// What an unknown character costs more than the least probable token (as SentencePiece has it).
static constexpr double unknownPenalty = 10;

namespace {
class Unigram : public SubwordModel {
public:
  explicit Unigram(const Json &model);
  void encode(const std::string &piece, TokenIds &ids) const override;

private:
  struct Node {
    double score = 0; // of the best way here
    int64_t begin = -1, id = -1;
  };
  std::vector<Node> bestWays(const std::string &piece) const;
  void appendUnknown(std::string_view text, TokenIds &ids) const;

  Trie tokens;
  std::vector<double> scores;
  std::optional<int64_t> unknown;
  double least = 0;
  bool hasBytes;
};
} // namespace

Unigram::Unigram(const Json &model) : hasBytes(boolOf(model, "byte_fallback", false)) {
  for (const Json &entry : requiredArray(model, "vocab")) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
      throw Failure("expects a token and its score for id " + std::to_string(scores.size()));
    auto token = entry[0].get<std::string>();
    tokens.insert(token, int64_t(scores.size()));
    vocabulary.add(token, int64_t(scores.size()));
    scores.push_back(entry[1].get<double>());
    least = std::min(least, scores.back());
  }
  if (int64_t id = integerOf(model, "unk_id", -1); id >= 0) {
    if (id >= vocabulary.size())
      throw Failure("'unk_id' is " + std::to_string(id) + " of " +
                    std::to_string(vocabulary.size()) + " tokens");
    unknown = id;
  }
}

/// For each byte, the last token of the best way that ends before it.
std::vector<Unigram::Node> Unigram::bestWays(const std::string &piece) const {
  std::vector<Node> nodes(piece.size() + 1);
  auto offer = [&](size_t begin, size_t end, int64_t id, double score) {
    if (nodes[end].begin < 0 || score > nodes[end].score)
      nodes[end] = {score, int64_t(begin), id};
  };
  for (Character c : charactersOf(piece)) {
    auto begin = size_t(c.bytes.data() - piece.data());
    double here = nodes[begin].score;
    bool single = false;
    tokens.prefixesOf(std::string_view(piece).substr(begin), [&](size_t length, int64_t id) {
      offer(begin, begin + length, id, here + scores[size_t(id)]);
      single |= length == c.bytes.size();
    });
    if (!single)
      offer(begin, begin + c.bytes.size(), -1, here + least - unknownPenalty);
  }
  return nodes;
}

void Unigram::appendUnknown(std::string_view text, TokenIds &ids) const {
  if (auto bytes = hasBytes ? vocabulary.bytesOf(text) : std::nullopt)
    ids.insert(ids.end(), bytes->begin(), bytes->end());
  else if (unknown)
    ids.push_back(*unknown);
  else
    throw Failure("'" + std::string(text) + "' has no token, and there is none for unknown text");
}

void Unigram::encode(const std::string &piece, TokenIds &ids) const {
  std::vector<Node> nodes = bestWays(piece);
  std::vector<size_t> ends; // of the tokens, the last one first
  for (size_t end = piece.size(); end > 0; end = size_t(nodes[end].begin))
    ends.push_back(end);
  std::reverse(ends.begin(), ends.end());
  for (size_t k = 0; k < ends.size(); ++k) {
    auto isUnknown = [&](size_t end) { return nodes[end].id < 0 || nodes[end].id == unknown; };
    if (!isUnknown(ends[k])) {
      ids.push_back(nodes[ends[k]].id);
      continue;
    }
    auto begin = size_t(nodes[ends[k]].begin); // a run of unknown characters is one
    while (k + 1 < ends.size() && isUnknown(ends[k + 1]))
      ++k;
    appendUnknown(std::string_view(piece).substr(begin, ends[k] - begin), ids);
  }
}

std::unique_ptr<SubwordModel> retort::text::makeUnigram(const Json &model) {
  return std::make_unique<Unigram>(model);
}
