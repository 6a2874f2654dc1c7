// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens that a tokenizer.json finds in the text itself, before its model: special tokens and words
// of their own.
#ifndef RETORT_LIB_TEXT_ADDEDTOKENS_H
#define RETORT_LIB_TEXT_ADDEDTOKENS_H

#include "lib/Text/Normalizer.h"
#include "lib/Text/Tokenizer.h"
#include "lib/Text/Trie.h"

namespace retort::text {

struct AddedToken {
  int64_t id;
  std::string content;
  bool special;
  bool singleWord;            // only where no word character touches it
  bool takesLeft, takesRight; // the white space beside it
  std::string written = {};   // normalized where it is looked for in normalized text
};

/// A part of a text: a token, or text between tokens.
struct Segment {
  std::optional<int64_t> token;
  std::string text;
  bool atStart; // of the whole text
};

class AddedTokens {
public:
  /// From the member `added_tokens`, null included. Throws.
  AddedTokens(const Json &list, const Normalizer &normalizer);

  /// Finds tokens in the text as it is, normalizes the rest, and finds the other tokens there.
  std::vector<Segment> split(const std::string &text, const Normalizer &normalizer) const;

  const std::vector<AddedToken> &all() const { return tokens; }

private:
  void split(const Segment &segment, const Trie &trie, std::vector<Segment> &segments) const;

  std::vector<AddedToken> tokens;
  Trie inText, inNormalized; // to indices of `tokens`
};

} // namespace retort::text

#endif
