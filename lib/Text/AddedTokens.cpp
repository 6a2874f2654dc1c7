// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens that a tokenizer.json finds in the text itself, before its model.
#include "lib/Text/AddedTokens.h"

#include "lib/Text/Unicode.h"

using namespace retort::text;
using retort::runtime::Failure;

AddedTokens::AddedTokens(const Json &list, const Normalizer &normalizer) {
  if (!list.is_null() && !list.is_array())
    throw Failure(std::string("expects an array for 'added_tokens', found ") + list.type_name());
  for (const Json &entry : list) {
    AddedToken token{integerOf(entry, "id", -1),      requiredString(entry, "content"),
                     boolOf(entry, "special", false), boolOf(entry, "single_word", false),
                     boolOf(entry, "lstrip", false),  boolOf(entry, "rstrip", false)};
    bool normalized = boolOf(entry, "normalized", !token.special);
    std::string key = normalized ? normalizer(token.content) : token.content;
    // The library writes the text that it looked for.
    token.written = key;
    if (!key.empty())
      (normalized ? inNormalized : inText).insert(key, int64_t(tokens.size()));
    tokens.push_back(std::move(token));
  }
}

static bool touchesWord(std::string_view text, size_t begin, size_t end) {
  std::vector<Character> before =
      charactersOf(text.substr(begin < 4 ? 0 : begin - 4, std::min<size_t>(begin, 4)));
  std::vector<Character> after = charactersOf(text.substr(end, 4));
  return (!before.empty() && isWordCharacter(before.back().code)) ||
         (!after.empty() && isWordCharacter(after.front().code));
}

/// The longest token at each place, from left to right.
void AddedTokens::split(const Segment &segment, const Trie &trie,
                        std::vector<Segment> &segments) const {
  std::string_view text = segment.text;
  size_t done = 0;
  auto addText = [&](size_t end) {
    if (done < end)
      segments.push_back(
          {std::nullopt, std::string(text.substr(done, end - done)), segment.atStart && done == 0});
  };
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    int64_t index = -1;
    trie.prefixesOf(text.substr(at), [&](size_t bytes, int64_t value) {
      length = bytes;
      index = value;
    });
    if (index < 0) {
      ++at;
      continue;
    }
    const AddedToken &token = tokens[size_t(index)];
    size_t begin = at, end = at + length;
    at = end;
    if (begin < done || (token.singleWord && touchesWord(text, begin, end)))
      continue;
    if (token.takesLeft)
      begin = done + strip(text.substr(done, begin - done), false, true).size();
    if (token.takesRight)
      end = text.size() - strip(text.substr(end), true, false).size();
    addText(begin);
    segments.push_back({token.id, "", false});
    done = end;
    at = std::max(at, end);
  }
  addText(text.size());
}

std::vector<Segment> AddedTokens::split(const std::string &text,
                                        const Normalizer &normalizer) const {
  std::vector<Segment> parts, segments;
  split({std::nullopt, text, true}, inText, parts);
  for (Segment &part : parts) {
    if (part.token) {
      segments.push_back(std::move(part));
      continue;
    }
    part.text = normalizer(std::move(part.text));
    split(part, inNormalized, segments);
  }
  return segments;
}
