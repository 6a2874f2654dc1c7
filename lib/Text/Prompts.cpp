// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prompts of a file, put into templates.
#include "lib/Text/Prompts.h"
#include "lib/Text/Unicode.h"
#include "lib/Text/Windows.h"

using namespace retort::text;
using namespace retort::runtime;

static constexpr std::string_view placeholder = "{input}";

Result<std::vector<Prompt>> retort::text::promptsOf(std::string_view content) {
  std::vector<Prompt> prompts;
  int64_t line = 1;
  for (size_t begin = 0; begin < content.size(); ++line) {
    size_t end = std::min(content.find('\n', begin), content.size());
    if (std::string text(strip(content.substr(begin, end - begin))); !text.empty())
      prompts.push_back({std::move(text), line});
    begin = end + 1;
  }
  if (prompts.empty())
    return Error{"expects a prompt in each line, found none"};
  return prompts;
}

Result<std::string> retort::text::templateOf(std::string content) {
  if (content.find(placeholder) == std::string::npos)
    return Error{"expects '" + std::string(placeholder) + "' in a template, found none"};
  if (content.back() == '\n')
    content.pop_back();
  return content;
}

std::string retort::text::fillTemplate(std::string_view wanted, std::string_view input) {
  std::string filled;
  for (size_t begin = 0;;) {
    size_t place = wanted.find(placeholder, begin);
    filled += wanted.substr(begin, place == wanted.npos ? place : place - begin);
    if (place == wanted.npos)
      return filled;
    filled += input;
    begin = place + placeholder.size();
  }
}

Result<std::vector<TokenIds>>
retort::text::tokensOfPrompts(const std::vector<Prompt> &prompts,
                              const std::vector<std::string> &templates, const Tokenizer &tokenizer,
                              int64_t length) {
  const std::vector<std::string> plain{std::string(placeholder)},
      &used = templates.empty() ? plain : templates;
  std::vector<TokenIds> list;
  for (const Prompt &prompt : prompts)
    for (const std::string &wanted : used) {
      auto tokens = tokensOfDocument(fillTemplate(wanted, prompt.text), tokenizer);
      if (!tokens)
        return Error{tokens.error()};
      if (auto count = int64_t(tokens->size()); count < 1 || count >= length)
        return Error{"expects prompts of 1 to " + std::to_string(length - 1) +
                     " tokens, found one of " + std::to_string(count) + " in line " +
                     std::to_string(prompt.line)};
      list.push_back(std::move(*tokens));
    }
  return list;
}
