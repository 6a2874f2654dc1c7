// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prompts of a file, put into templates. What a task looks like is a text of the user, not code:
//
//   template   Question: {input}
//              Answer:
//   prompts    Why is the sky blue?
//   text       Question: Why is the sky blue?
//              Answer:
#ifndef RETORT_LIB_TEXT_PROMPTS_H
#define RETORT_LIB_TEXT_PROMPTS_H

#include "lib/Text/Tokenizer.h"

namespace retort::text {

struct Prompt {
  std::string text;
  int64_t line; ///< of the file, from 1 on
};

/// One a line, without white space at both ends; empty lines are none. An error where there is no
/// prompt.
runtime::Result<std::vector<Prompt>> promptsOf(std::string_view content);

/// A template without the end of its last line; an error where it has no `{input}`.
runtime::Result<std::string> templateOf(std::string content);

/// The template, with each `{input}` replaced.
std::string fillTemplate(std::string_view wanted, std::string_view input);

/// BOS and the tokens of each prompt in each template, or as it is where there is none: all of the
/// first prompt, then all of the second. An error where one leaves no token of a window of `length`
/// for what continues it.
runtime::Result<std::vector<TokenIds>> tokensOfPrompts(const std::vector<Prompt> &prompts,
                                                       const std::vector<std::string> &templates,
                                                       const Tokenizer &tokenizer, int64_t length);

} // namespace retort::text

#endif
