// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Byte pair encoding: joins the pair of neighbours that was learned first, until none is left.
#include "lib/Text/SubwordModel.h"
#include "lib/Text/Unicode.h"

#include <queue>

using namespace retort::text;
using retort::runtime::Failure;

namespace {
struct Merge {
  int64_t rank, result;
};

struct Symbol {
  int64_t id;
  int before, after; // neighbours; -1: none
  bool alive;
};

struct Candidate {
  int64_t rank, result;
  int at;
  /// The queue's top is the lowest rank, then the leftmost.
  bool operator<(const Candidate &other) const {
    return rank != other.rank ? rank > other.rank : at > other.at;
  }
};

class Bpe : public SubwordModel {
public:
  explicit Bpe(const Json &model);
  void encode(const std::string &piece, TokenIds &ids) const override;

private:
  void readMerges(const Json &merges);
  void addMerge(const std::string &left, const std::string &right, int64_t rank);
  TokenIds charactersToIds(const std::string &piece) const;
  void join(std::vector<Symbol> &symbols) const;

  static uint64_t keyOf(int64_t left, int64_t right) {
    return uint64_t(left) << 32 | uint64_t(right);
  }

  std::unordered_map<uint64_t, Merge> merges;
  std::string unknownToken;
  std::optional<int64_t> unknown;
  std::string prefix,
      suffix; // of characters that do not begin a piece, and of the one that ends it
  bool fusesUnknown, hasBytes, ignoresMerges;
};
} // namespace

Bpe::Bpe(const Json &model)
    : prefix(stringOf(model, "continuing_subword_prefix", "")),
      suffix(stringOf(model, "end_of_word_suffix", "")),
      fusesUnknown(boolOf(model, "fuse_unk", false)),
      hasBytes(boolOf(model, "byte_fallback", false)),
      ignoresMerges(boolOf(model, "ignore_merges", false)) {
  readVocabulary(model, vocabulary);
  // A token that is missing matters when it is needed, not before.
  unknownToken = stringOf(model, "unk_token", "");
  unknown = vocabulary.find(unknownToken);
  readMerges(requiredArray(model, "merges"));
}

/// A merge is "left right" or ["left", "right"].
void Bpe::readMerges(const Json &list) {
  int64_t rank = 0;
  for (const Json &merge : list) {
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      addMerge(merge[0].get<std::string>(), merge[1].get<std::string>(), rank++);
      continue;
    }
    std::string pair = merge.is_string() ? merge.get<std::string>() : "";
    size_t space = pair.find(' ');
    if (space == std::string::npos)
      throw Failure("expects a pair of tokens for merge " + std::to_string(rank));
    addMerge(pair.substr(0, space), pair.substr(space + 1), rank++);
  }
}

void Bpe::addMerge(const std::string &left, const std::string &right, int64_t rank) {
  std::string joined = left + right.substr(std::min(prefix.size(), right.size()));
  int64_t a = vocabulary.at(left, "the merged token"), b = vocabulary.at(right, "the merged token");
  merges.try_emplace(keyOf(a, b), Merge{rank, vocabulary.at(joined, "the result of a merge,")});
}

TokenIds Bpe::charactersToIds(const std::string &piece) const {
  TokenIds ids;
  bool afterUnknown = false;
  for (Character c : charactersOf(piece)) {
    bool first = c.bytes.data() == piece.data(),
         last = c.bytes.data() + c.bytes.size() == piece.data() + piece.size();
    std::string token = (first ? "" : prefix) + std::string(c.bytes) + (last ? suffix : "");
    if (auto id = vocabulary.find(token)) {
      ids.push_back(*id);
      afterUnknown = false;
    } else if (auto bytes = hasBytes ? vocabulary.bytesOf(token) : std::nullopt) {
      ids.insert(ids.end(), bytes->begin(), bytes->end());
    } else if (!unknownToken.empty()) { // without one, what is unknown is left out
      if (!afterUnknown || !fusesUnknown)
        ids.push_back(unknown ? *unknown : vocabulary.at(unknownToken, "'unk_token'"));
      afterUnknown = true;
    }
  }
  return ids;
}

void Bpe::join(std::vector<Symbol> &symbols) const {
  std::priority_queue<Candidate> queue;
  auto consider = [&](int at) {
    if (at < 0 || symbols[size_t(at)].after < 0)
      return;
    const Symbol &left = symbols[size_t(at)], &right = symbols[size_t(left.after)];
    if (auto it = merges.find(keyOf(left.id, right.id)); it != merges.end())
      queue.push({it->second.rank, it->second.result, at});
  };
  for (int i = 0; i < int(symbols.size()); ++i)
    consider(i);
  while (!queue.empty()) {
    Candidate best = queue.top();
    queue.pop();
    Symbol &left = symbols[size_t(best.at)];
    if (!left.alive || left.after < 0)
      continue;
    Symbol &right = symbols[size_t(left.after)];
    auto merge = merges.find(keyOf(left.id, right.id));
    if (merge == merges.end() || merge->second.result != best.result)
      continue; // one of both has been joined with another since
    left.id = best.result;
    right.alive = false;
    left.after = right.after;
    if (left.after >= 0)
      symbols[size_t(left.after)].before = best.at;
    consider(left.before);
    consider(best.at);
  }
}

void Bpe::encode(const std::string &piece, TokenIds &ids) const {
  if (ignoresMerges)
    if (auto id = vocabulary.find(piece)) {
      ids.push_back(*id);
      return;
    }
  std::vector<Symbol> symbols;
  for (int64_t id : charactersToIds(piece))
    symbols.push_back({id, int(symbols.size()) - 1, int(symbols.size()) + 1, true});
  if (symbols.empty())
    return;
  symbols.back().after = -1;
  join(symbols);
  for (const Symbol &symbol : symbols)
    if (symbol.alive)
      ids.push_back(symbol.id);
}

std::unique_ptr<SubwordModel> retort::text::makeBpe(const Json &model) {
  return std::make_unique<Bpe>(model);
}
