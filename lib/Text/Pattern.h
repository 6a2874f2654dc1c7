// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tokenizer looks for in a text: a string, or a regular expression.
#ifndef RETORT_LIB_TEXT_PATTERN_H
#define RETORT_LIB_TEXT_PATTERN_H

#include <memory>
#include <string>
#include <vector>

namespace retort::text {

class Pattern {
public:
  static Pattern ofString(std::string literal);
  /// In the syntax of Oniguruma (Ruby), which tokenizer.json uses: ^ and $ match at every line.
  /// Throws.
  static Pattern ofRegex(const std::string &source);

  struct Range {
    size_t begin, end;
  };
  /// From left to right, in bytes; an empty one is left out right behind another.
  std::vector<Range> matches(const std::string &text) const;
  std::string replace(const std::string &text, const std::string &content) const;

private:
  struct Regex;
  std::string literal;
  std::shared_ptr<const Regex> regex;
};

} // namespace retort::text

#endif
