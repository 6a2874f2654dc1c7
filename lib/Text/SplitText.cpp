// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts pieces of text at the places that a pattern matches, and where the script changes.
#include "lib/Text/PreTokenizer.h"
#include "lib/Text/Unicode.h"

#include <algorithm>

using namespace retort::text;

namespace {
struct Part {
  size_t begin, end;
  bool matched;
};
} // namespace

/// Matches and what lies between them.
static std::vector<Part> partsOf(const std::string &text, const Pattern &pattern, bool invert) {
  std::vector<Part> parts;
  size_t done = 0;
  for (Pattern::Range range : pattern.matches(text)) {
    if (done < range.begin)
      parts.push_back({done, range.begin, invert});
    parts.push_back({range.begin, range.end, !invert});
    done = range.end;
  }
  if (done < text.size())
    parts.push_back({done, text.size(), invert});
  return parts;
}

/// Each match joins the part before it, unless that is a match too.
static std::vector<Part> mergedWithPrevious(const std::vector<Part> &parts) {
  std::vector<Part> merged;
  bool afterMatch = false;
  for (const Part &part : parts) {
    if (part.matched && !afterMatch && !merged.empty())
      merged.back().end = part.end;
    else
      merged.push_back(part);
    afterMatch = part.matched;
  }
  return merged;
}

static std::vector<Part> mergedWithNext(std::vector<Part> parts) {
  std::vector<Part> merged;
  bool beforeMatch = false;
  std::reverse(parts.begin(), parts.end());
  for (const Part &part : parts) {
    if (part.matched && !beforeMatch && !merged.empty())
      merged.back().begin = part.begin;
    else
      merged.push_back(part);
    beforeMatch = part.matched;
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

static std::vector<Part> contiguous(const std::vector<Part> &parts) {
  std::vector<Part> merged;
  for (const Part &part : parts)
    if (!merged.empty() && merged.back().matched == part.matched)
      merged.back().end = part.end;
    else
      merged.push_back(part);
  return merged;
}

static std::vector<Part> treat(std::vector<Part> parts, Delimiter delimiter) {
  switch (delimiter) {
  case Delimiter::Removed:
    parts.erase(
        std::remove_if(parts.begin(), parts.end(), [](const Part &part) { return part.matched; }),
        parts.end());
    return parts;
  case Delimiter::Isolated:
    return parts;
  case Delimiter::MergedWithPrevious:
    return mergedWithPrevious(parts);
  case Delimiter::MergedWithNext:
    return mergedWithNext(std::move(parts));
  case Delimiter::Contiguous:
    return contiguous(parts);
  }
  return parts;
}

Pieces retort::text::splitAt(const Pattern &pattern, Delimiter delimiter, bool invert,
                             const Pieces &pieces) {
  Pieces result;
  for (const Piece &piece : pieces)
    for (const Part &part : treat(partsOf(piece.text, pattern, invert), delimiter))
      if (part.begin < part.end)
        result.push_back({piece.text.substr(part.begin, part.end - part.begin),
                          piece.atStart && part.begin == 0});
  return result;
}

Pieces retort::text::splitAtScripts(const Pieces &pieces) {
  Pieces result;
  for (const Piece &piece : pieces) {
    std::optional<int> last;
    for (const Character &character : charactersOf(piece.text)) {
      std::optional<int> script = scriptOf(character.code);
      size_t begin = size_t(character.bytes.data() - piece.text.data());
      if (script && script != last)
        result.push_back({"", piece.atStart && begin == 0});
      if (script)
        last = script;
      if (last)
        result.back().text += character.bytes;
    }
  }
  return result;
}
