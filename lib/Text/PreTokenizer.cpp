// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a tokenizer.json cuts a text into the pieces that its model sees one by one.
#include "lib/Text/PreTokenizer.h"

#include "lib/Text/ByteLevel.h"
#include "lib/Text/Growth.h"

using namespace retort::text;

// The words of GPT-2.
static constexpr const char *byteLevelWords =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
// Joiners are parts of words here.
static constexpr const char *words = R"([\w\x{200c}\x{200d}]+|[^\w\x{200c}\x{200d}\s]+)";
static constexpr const char *punctuation = R"([!-/:-@\[-`{-~\p{P}])";

static Delimiter delimiterNamed(const std::string &name) {
  if (name == "Removed" || name == "removed")
    return Delimiter::Removed;
  if (name == "Isolated" || name == "isolated")
    return Delimiter::Isolated;
  if (name == "MergedWithPrevious" || name == "merged_with_previous")
    return Delimiter::MergedWithPrevious;
  if (name == "MergedWithNext" || name == "merged_with_next")
    return Delimiter::MergedWithNext;
  if (name == "Contiguous" || name == "contiguous")
    return Delimiter::Contiguous;
  unsupported("behavior", name);
}

static PreTokenizer makeSplit(Pattern pattern, Delimiter delimiter, bool invert = false) {
  return [=](Pieces pieces) { return splitAt(pattern, delimiter, invert, pieces); };
}

static size_t bytesOf(const Pieces &pieces) {
  size_t bytes = 0;
  for (const Piece &piece : pieces)
    bytes += piece.text.size();
  return bytes;
}

static PreTokenizer makeSequence(std::vector<PreTokenizer> steps) {
  return [=](Pieces pieces) {
    size_t before = bytesOf(pieces);
    for (const PreTokenizer &step : steps) {
      pieces = step(std::move(pieces));
      checkGrowth(before, bytesOf(pieces));
    }
    return pieces;
  };
}

/// Puts `prefix` before each piece that `takes` it and does not begin with it.
template <typename Takes> static PreTokenizer makePrefix(std::string prefix, Takes takes) {
  return [=](Pieces pieces) {
    size_t before = bytesOf(pieces), now = before;
    for (Piece &piece : pieces)
      if (takes(piece) && piece.text.compare(0, prefix.size(), prefix) != 0) {
        checkGrowth(before, now += prefix.size());
        piece.text = prefix + piece.text;
      }
    return pieces;
  };
}

static PreTokenizer makeByteLevel(const Json &step) {
  std::vector<PreTokenizer> steps;
  if (boolOf(step, "add_prefix_space", true))
    steps.push_back(makePrefix(" ", [](const Piece &) { return true; }));
  if (boolOf(step, "use_regex", true))
    steps.push_back(makeSplit(Pattern::ofRegex(byteLevelWords), Delimiter::Isolated));
  steps.push_back([](Pieces pieces) {
    for (Piece &piece : pieces)
      piece.text = toByteCharacters(piece.text);
    return pieces;
  });
  return makeSequence(steps);
}

static PreTokenizer makeMetaspace(const Json &step) {
  std::string mark = stringOf(step, "replacement", "\xe2\x96\x81");
  std::string scheme =
      stringOf(step, "prepend_scheme", boolOf(step, "add_prefix_space", true) ? "always" : "never");
  std::vector<PreTokenizer> steps{[=](Pieces pieces) {
    for (Piece &piece : pieces)
      piece.text = Pattern::ofString(" ").replace(piece.text, mark);
    return pieces;
  }};
  if (scheme == "always")
    steps.push_back(makePrefix(mark, [](const Piece &) { return true; }));
  else if (scheme == "first")
    steps.push_back(makePrefix(mark, [](const Piece &piece) { return piece.atStart; }));
  else if (scheme != "never")
    unsupported("prepend_scheme", scheme);
  if (boolOf(step, "split", true))
    steps.push_back(makeSplit(Pattern::ofString(mark), Delimiter::MergedWithNext));
  return makeSequence(steps);
}

static PreTokenizer makeBert() {
  return makeSequence({makeSplit(Pattern::ofRegex(R"(\s)"), Delimiter::Removed),
                       makeSplit(Pattern::ofRegex(punctuation), Delimiter::Isolated)});
}

/// Appends the steps of a sequence, and of those in it.
static void addSteps(const Json &step, std::vector<PreTokenizer> &steps) {
  if (step.is_null() || typeOf(step) != "Sequence") {
    steps.push_back(makePreTokenizer(step));
    checkSteps("pre_tokenizer", steps.size());
    return;
  }
  for (const Json &inner : requiredArray(step, "pretokenizers"))
    addSteps(inner, steps);
}

PreTokenizer retort::text::makePreTokenizer(const Json &step) {
  if (step.is_null())
    return [](Pieces pieces) { return pieces; };
  std::string type = typeOf(step);
  if (type == "Sequence") {
    std::vector<PreTokenizer> steps;
    addSteps(step, steps);
    return makeSequence(steps);
  }
  if (type == "ByteLevel")
    return makeByteLevel(step);
  if (type == "Metaspace")
    return makeMetaspace(step);
  if (type == "Split")
    return makeSplit(patternOf(step), delimiterNamed(requiredString(step, "behavior")),
                     boolOf(step, "invert", false));
  if (type == "Whitespace")
    return makeSplit(Pattern::ofRegex(words), Delimiter::Removed, /*invert=*/true);
  if (type == "WhitespaceSplit")
    return makeSplit(Pattern::ofRegex(R"(\s)"), Delimiter::Removed);
  if (type == "Digits")
    return makeSplit(Pattern::ofRegex(R"(\p{N})"), boolOf(step, "individual_digits", false)
                                                       ? Delimiter::Isolated
                                                       : Delimiter::Contiguous);
  if (type == "Punctuation")
    return makeSplit(Pattern::ofRegex(punctuation),
                     delimiterNamed(stringOf(step, "behavior", "Isolated")));
  if (type == "BertPreTokenizer")
    return makeBert();
  if (type == "UnicodeScripts")
    return splitAtScripts;
  if (type == "CharDelimiterSplit")
    return makeSplit(Pattern::ofString(requiredString(step, "delimiter")), Delimiter::Removed);
  unsupported("pre_tokenizer", type);
}
