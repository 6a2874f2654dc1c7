// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a token of a tokenizer.json adds to a text. Decoders are written there as functions of the
// whole row of tokens; here each is a function of one token, and the first space of the text is
// dropped where they do so.
#include "lib/Text/TokenDecoder.h"

#include "lib/Text/ByteLevel.h"
#include "lib/Text/TokenizerFormats.h"

using namespace retort::text;

static void addReplace(const Pattern &pattern, const std::string &content, TokenDecoder &decoder) {
  decoder.steps.push_back([=](std::string token) { return pattern.replace(token, content); });
}

static std::string byteOrPiece(std::string token) {
  auto byte = byteOfPiece(token);
  return byte ? std::string(1, *byte) : token;
}

/// "##ing" is "ing"; "word" is " word", where English punctuation stands closer.
static void addWordPiece(const Json &step, TokenDecoder &decoder) {
  std::string prefix = stringOf(step, "prefix", "##");
  decoder.steps.push_back([=](std::string token) {
    return token.compare(0, prefix.size(), prefix) == 0 ? token.substr(prefix.size()) : " " + token;
  });
  decoder.addsLeadingSpace = true;
  if (!boolOf(step, "cleanup", true))
    return;
  static constexpr std::pair<const char *, const char *> closer[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (auto [loose, tight] : closer)
    addReplace(Pattern::ofString(loose), tight, decoder);
}

static void addMetaspace(const Json &step, TokenDecoder &decoder) {
  addReplace(Pattern::ofString(stringOf(step, "replacement", "\xe2\x96\x81")), " ", decoder);
  std::string scheme =
      stringOf(step, "prepend_scheme", boolOf(step, "add_prefix_space", true) ? "always" : "never");
  decoder.addsLeadingSpace = scheme != "never";
}

static void addStep(const Json &step, TokenDecoder &decoder) {
  std::string type = typeOf(step);
  if (type == "Sequence")
    for (const Json &inner : requiredArray(step, "decoders"))
      addStep(inner, decoder);
  else if (type == "ByteLevel")
    decoder.steps.push_back(fromByteCharacters);
  else if (type == "Metaspace")
    addMetaspace(step, decoder);
  else if (type == "WordPiece")
    addWordPiece(step, decoder);
  else if (type == "BPEDecoder")
    addReplace(Pattern::ofString(stringOf(step, "suffix", "</w>")), " ", decoder);
  else if (type == "Replace")
    addReplace(patternOf(step), requiredString(step, "content"), decoder);
  else if (type == "ByteFallback")
    decoder.steps.push_back(byteOrPiece);
  else if (type == "Strip")
    decoder.addsLeadingSpace |=
        requiredString(step, "content") == " " && integerOf(step, "start", 0) > 0;
  else if (type != "Fuse")
    unsupported("decoder", type);
  checkSteps("decoder", decoder.steps.size());
}

TokenDecoder retort::text::makeTokenDecoder(const Json &step) {
  TokenDecoder decoder;
  if (!step.is_null()) {
    addStep(step, decoder);
    return decoder;
  }
  // Without a decoder, tokens are words.
  decoder.steps.push_back([](std::string token) { return " " + token; });
  decoder.addsLeadingSpace = true;
  return decoder;
}
