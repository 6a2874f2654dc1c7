// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hugging Face's tokenizer.json: added tokens, normalizer, pre-tokenizer, model, and decoder in a
// row.
#include "lib/Text/AddedTokens.h"
#include "lib/Text/JsonLevels.h"
#include "lib/Text/PreTokenizer.h"
#include "lib/Text/SubwordModel.h"
#include "lib/Text/TokenDecoder.h"
#include "lib/Text/TokenizerFormats.h"
#include "lib/Text/Unicode.h"

#include <algorithm>

using namespace retort::text;
using retort::runtime::Failure;

namespace {
class JsonTokenizer : public Tokenizer {
public:
  JsonTokenizer(const Json &json, const Json &config);

  int64_t size() const override { return int64_t(bytes.size()); }
  std::string bytesOf(int64_t id) const override {
    return id < 0 || id >= size() ? "" : bytes[size_t(id)];
  }
  LeadingSpace leadingSpace() const override { return leading; }

protected:
  TokenIds encodeText(std::string_view text) const override;

private:
  void decodeAll(const TokenDecoder &decoder);
  void findEnds(const Json &json, const Json &config);
  std::optional<int64_t> find(const std::string &token) const;

  Normalizer normalizer;
  PreTokenizer preTokenizer;
  std::unique_ptr<SubwordModel> model;
  AddedTokens added;
  std::vector<std::string> bytes; // that each token adds to a text
  LeadingSpace leading;
};
} // namespace

JsonTokenizer::JsonTokenizer(const Json &json, const Json &config)
    : normalizer(makeNormalizer(member(json, "normalizer"))),
      preTokenizer(makePreTokenizer(member(json, "pre_tokenizer"))),
      model(makeSubwordModel(member(json, "model"))),
      added(member(json, "added_tokens"), normalizer) {
  TokenDecoder decoder = makeTokenDecoder(member(json, "decoder"));
  leading = decoder.addsLeadingSpace ? LeadingSpace::DroppedOnce : LeadingSpace::Kept;
  decodeAll(decoder);
  findEnds(json, config);
}

void JsonTokenizer::decodeAll(const TokenDecoder &decoder) {
  Vocabulary all = model->vocabulary;
  for (const AddedToken &token : added.all())
    all.add(token.written, token.id);
  for (int64_t id = 0; id < all.size(); ++id)
    bytes.push_back(all.token(id).empty() ? "" : decoder.bytesOf(all.token(id)));
  for (const AddedToken &token : added.all())
    if (token.special)
      bytes[size_t(token.id)].clear();
}

std::optional<int64_t> JsonTokenizer::find(const std::string &token) const {
  for (const AddedToken &each : added.all())
    if (each.content == token)
      return each.id;
  return model->vocabulary.find(token);
}

TokenIds JsonTokenizer::encodeText(std::string_view text) const {
  TokenIds ids;
  for (Segment &segment : added.split(validUtf8(text), normalizer)) {
    if (segment.token) {
      ids.push_back(*segment.token);
      continue;
    }
    for (const Piece &piece : preTokenizer({{std::move(segment.text), segment.atStart}}))
      if (!piece.text.empty())
        model->encode(piece.text, ids);
  }
  return ids;
}

/// The special tokens that a template puts before the text. What it calls a special token is a row
/// of tokens.
static std::vector<std::string> beginOfTemplate(const Json &processor) {
  std::vector<std::string> begin;
  for (const Json &part : requiredArray(processor, "single")) {
    const Json &special = member(part, "SpecialToken");
    if (special.is_null())
      break;
    std::string name = requiredString(special, "id");
    const Json &tokens =
        member(member(member(processor, "special_tokens"), name.c_str()), "tokens");
    if (!tokens.is_array())
      begin.push_back(name);
    else
      for (const Json &token : tokens)
        begin.push_back(token.is_string() ? token.get<std::string>() : "");
  }
  return begin;
}

/// The tokens before the text, by the member `post_processor`.
static std::vector<std::string> beginOf(const Json &processor) {
  std::string type = processor.is_null() ? "" : typeOf(processor);
  if (type == "TemplateProcessing")
    return beginOfTemplate(processor);
  if (type == "BertProcessing" || type == "RobertaProcessing")
    if (const Json &token = member(processor, "cls");
        token.is_array() && !token.empty() && token[0].is_string())
      return {token[0].get<std::string>()};
  if (type == "Sequence")
    for (const Json &inner : requiredArray(processor, "processors"))
      if (std::vector<std::string> begin = beginOf(inner); !begin.empty())
        return begin;
  return {};
}

/// A token of tokenizer_config.json: a string, or an object that holds it.
static std::string tokenOf(const Json &config, const char *name) {
  const Json &value = member(config, name);
  const Json &content = value.is_object() ? member(value, "content") : value;
  return content.is_string() ? content.get<std::string>() : "";
}

/// Sets bos and eos. tokenizer_config.json overrides the template, as it does where both are
/// written.
void JsonTokenizer::findEnds(const Json &json, const Json &config) {
  std::vector<std::string> begin = beginOf(member(json, "post_processor"));
  if (const Json &adds = member(config, "add_bos_token"); adds.is_boolean()) {
    if (!adds.get<bool>())
      begin.clear();
    else if (begin.empty())
      begin = {tokenOf(config, "bos_token")};
  }
  for (const std::string &token : begin)
    if (auto id = find(token))
      bos.push_back(*id);

  std::vector<std::string> names{tokenOf(config, "eos_token"), "</s>", "<|endoftext|>",
                                 "<|end_of_text|>", "<eos>"};
  for (const std::string &name : names)
    if (auto id = find(name); id && !eos)
      eos = id;
  // Where there is no limit, files hold a number without meaning.
  const Json &length = member(config, "model_max_length");
  if (length.is_number_integer() && length.get<int64_t>() > 0 &&
      length.get<int64_t>() < (int64_t(1) << 32))
    longest = length.get<int64_t>();
}

std::unique_ptr<Tokenizer> retort::text::openTokenizerJson(const std::string &json,
                                                           const std::string &config) {
  if (int levels = countJsonLevels(json); levels > mostJsonLevels)
    throw Failure("expects at most " + std::to_string(mostJsonLevels) +
                  " levels of arrays and objects (found " + std::to_string(levels) + ")");
  try {
    return std::make_unique<JsonTokenizer>(
        Json::parse(json), Json::parse(config, nullptr, /*allow_exceptions=*/false));
  } catch (const Json::exception &problem) {
    std::string what =
        problem.what(); // "[json.exception.parse_error.101] parse error at line 1, ..."
    throw Failure("not valid JSON: " + what.substr(std::min(what.find("] ") + 2, what.size())));
  }
}
