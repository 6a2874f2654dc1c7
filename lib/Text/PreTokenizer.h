// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a tokenizer.json cuts a text into the pieces that its model sees one by one.
#ifndef RETORT_LIB_TEXT_PRETOKENIZER_H
#define RETORT_LIB_TEXT_PRETOKENIZER_H

#include "lib/Text/JsonFields.h"

#include <functional>

namespace retort::text {

struct Piece {
  std::string text;
  bool atStart; // of the whole text
};
using Pieces = std::vector<Piece>;
using PreTokenizer = std::function<Pieces(Pieces)>;

/// From the member `pre_tokenizer`, null included. Throws.
PreTokenizer makePreTokenizer(const Json &step);

/// What becomes of the places that a pattern matches: gone, pieces of their own, joined with what
/// is before or after them, or one piece for each run of them.
enum class Delimiter { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// With `invert`, the rest of the text counts as matched.
Pieces splitAt(const Pattern &pattern, Delimiter delimiter, bool invert, const Pieces &pieces);

/// Between characters of different scripts. What stands before the first character of a script is
/// lost.
Pieces splitAtScripts(const Pieces &pieces);

} // namespace retort::text

#endif
