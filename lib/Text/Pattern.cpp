// What a tokenizer looks for in a text: a string, or a regular expression by ICU.
#include "lib/Text/Pattern.h"

#include "lib/Runtime/Result.h"

#include <unicode/regex.h>

using namespace retort::text;
using retort::runtime::Failure;

struct Pattern::Regex {
  std::string source;
  std::unique_ptr<icu::RegexPattern> compiled;
};

/// \s and \S are the property White_Space to Oniguruma; to ICU they are other sets.
static std::string inSyntaxOfIcu(const std::string &source) {
  std::string result;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\\' || i + 1 == source.size()) {
      result += source[i];
      continue;
    }
    char escaped = source[++i];
    if (escaped == 's' || escaped == 'S')
      result += escaped == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
    else
      (result += '\\') += escaped;
  }
  return result;
}

static void check(UErrorCode code, const std::string &source) {
  if (U_FAILURE(code))
    throw Failure("regular expression '" + source + "': " + u_errorName(code));
}

Pattern Pattern::ofString(std::string literal) {
  Pattern pattern;
  pattern.literal = std::move(literal);
  return pattern;
}

Pattern Pattern::ofRegex(const std::string &source) {
  auto regex = std::make_shared<Regex>();
  regex->source = source;
  UErrorCode code = U_ZERO_ERROR;
  UParseError place;
  // Oniguruma ends lines at \n alone.
  regex->compiled.reset(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(inSyntaxOfIcu(source)),
                                 UREGEX_MULTILINE | UREGEX_UNIX_LINES, place, code));
  check(code, source);
  Pattern pattern;
  pattern.regex = std::move(regex);
  return pattern;
}

static std::vector<Pattern::Range> findAll(const std::string &text, const std::string &literal) {
  std::vector<Pattern::Range> ranges;
  for (size_t at = text.find(literal); !literal.empty() && at != std::string::npos;
       at = text.find(literal, at + literal.size()))
    ranges.push_back({at, at + literal.size()});
  return ranges;
}

std::vector<Pattern::Range> Pattern::matches(const std::string &text) const {
  if (!regex)
    return findAll(text, literal);
  UErrorCode code = U_ZERO_ERROR;
  UText *view = utext_openUTF8(nullptr, text.data(), int64_t(text.size()), &code);
  std::unique_ptr<icu::RegexMatcher> matcher(regex->compiled->matcher(code));
  check(code, regex->source);
  matcher->reset(view);
  matcher->setStackLimit(0, code); // a text of one letter may be long
  std::vector<Range> ranges;
  while (matcher->find(code)) {
    auto begin = size_t(matcher->start64(code)), end = size_t(matcher->end64(code));
    if (begin < end)
      ranges.push_back({begin, end});
  }
  utext_close(view);
  check(code, regex->source);
  return ranges;
}

std::string Pattern::replace(const std::string &text, const std::string &content) const {
  std::string result;
  size_t done = 0;
  for (Range range : matches(text)) {
    result.append(text, done, range.begin - done) += content;
    done = range.end;
  }
  return result.append(text, done, std::string::npos);
}
