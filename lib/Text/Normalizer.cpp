// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a tokenizer.json changes a text before it looks for tokens.
#include "lib/Text/Normalizer.h"

#include "lib/Text/ByteLevel.h"
#include "lib/Text/Growth.h"
#include "lib/Text/Unicode.h"

using namespace retort::text;

/// The text without the characters that `drops` names.
template <typename Drops> static std::string without(const std::string &text, Drops drops) {
  std::string kept;
  for (Character c : charactersOf(text))
    if (!drops(c.code))
      kept += c.bytes;
  return kept;
}

static bool isChinese(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
         (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static bool isLineOrTab(char32_t c) { return c == '\t' || c == '\n' || c == '\r'; }

/// Without controls, and with plain spaces.
static std::string cleaned(const std::string &text) {
  std::string kept;
  for (Character c : charactersOf(text)) {
    if (c.code == 0 || c.code == 0xfffd || (isOther(c.code) && !isLineOrTab(c.code)))
      continue;
    if (isLineOrTab(c.code) || isWhiteSpace(c.code))
      kept += ' ';
    else
      kept += c.bytes;
  }
  return kept;
}

static std::string spacedOut(const std::string &text) {
  std::string spaced;
  for (Character c : charactersOf(text)) {
    if (isChinese(c.code))
      ((spaced += ' ') += c.bytes) += ' ';
    else
      spaced += c.bytes;
  }
  return spaced;
}

/// What SentencePiece drops by the rule "nmt": controls.
static bool isNmtControl(char32_t c) {
  return (c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f || c == 0x8f ||
         c == 0x9f;
}

/// And what it makes a space of: line ends, joiners, marks, what is not UTF-8.
static bool isNmtSpace(char32_t c) {
  return c == '\t' || c == '\n' || c == 0xc || c == '\r' || c == 0x1680 ||
         (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
         c == 0xfeff || c == 0xfffd;
}

static std::string nmt(const std::string &text) {
  std::string kept;
  for (Character c : charactersOf(text))
    if (isNmtSpace(c.code))
      kept += ' ';
    else if (!isNmtControl(c.code))
      kept += c.bytes;
  return kept;
}

static Normalizer makeBert(const Json &step) {
  bool clean = boolOf(step, "clean_text", true), space = boolOf(step, "handle_chinese_chars", true);
  bool lower = boolOf(step, "lowercase", true), bare = boolOf(step, "strip_accents", lower);
  return [=](std::string text) {
    if (clean)
      text = cleaned(text);
    if (space)
      text = spacedOut(text);
    if (bare)
      text = without(normalForm(text, NormalForm::D), isNonspacingMark);
    return lower ? lowercase(text) : text;
  };
}

/// Appends the steps of a sequence, and of those in it.
static void addSteps(const Json &step, std::vector<Normalizer> &normalizers) {
  if (step.is_null() || typeOf(step) != "Sequence") {
    normalizers.push_back(makeNormalizer(step));
    checkSteps("normalizer", normalizers.size());
    return;
  }
  for (const Json &inner : requiredArray(step, "normalizers"))
    addSteps(inner, normalizers);
}

static Normalizer makeSequence(const Json &step) {
  std::vector<Normalizer> normalizers;
  addSteps(step, normalizers);
  return [=](std::string text) {
    size_t before = text.size();
    for (const Normalizer &normalizer : normalizers) {
      text = normalizer(std::move(text));
      checkGrowth(before, text.size());
    }
    return text;
  };
}

static Normalizer makeReplace(const Json &step) {
  return [pattern = patternOf(step), content = requiredString(step, "content")](std::string text) {
    return pattern.replace(text, content);
  };
}

static Normalizer makePrepend(const std::string &prefix) {
  return [=](std::string text) {
    checkGrowth(text.size(), prefix.size());
    return text.empty() ? text : prefix + text;
  };
}

static Normalizer makeStrip(const Json &step) {
  return [left = boolOf(step, "strip_left", true), right = boolOf(step, "strip_right", true)](
             std::string text) { return std::string(strip(text, left, right)); };
}

static Normalizer makeForm(NormalForm form) {
  return [=](std::string text) { return normalForm(text, form); };
}

Normalizer retort::text::makeNormalizer(const Json &step) {
  if (step.is_null())
    return [](std::string text) { return text; };
  std::string type = typeOf(step);
  if (type == "Sequence")
    return makeSequence(step);
  if (type == "NFC")
    return makeForm(NormalForm::C);
  if (type == "NFD")
    return makeForm(NormalForm::D);
  if (type == "NFKC")
    return makeForm(NormalForm::KC);
  if (type == "NFKD")
    return makeForm(NormalForm::KD);
  if (type == "Lowercase")
    return [](std::string text) { return lowercase(text); };
  if (type == "Replace")
    return makeReplace(step);
  if (type == "Prepend")
    return makePrepend(requiredString(step, "prepend"));
  if (type == "Strip")
    return makeStrip(step);
  if (type == "StripAccents")
    return [](std::string text) { return without(text, isMark); };
  if (type == "BertNormalizer")
    return makeBert(step);
  if (type == "Nmt")
    return [](std::string text) { return nmt(text); };
  if (type == "ByteLevel")
    return [](std::string text) { return toByteCharacters(text); };
  if (type == "Precompiled")
    return makeCharacterMap(requiredString(step, "precompiled_charsmap"));
  unsupported("normalizer", type);
}
