// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tokenizer looks for in a text: a string, or a regular expression by ICU.
#include "lib/Text/Pattern.h"

#include "lib/Runtime/Result.h"
#include "lib/Text/Growth.h"

#include <algorithm>
#include <unicode/regex.h>

using namespace retort::text;
using retort::runtime::Failure;

static constexpr size_t longestSource = 1 << 14;

struct Pattern::Regex {
  std::string source;
  std::unique_ptr<icu::RegexPattern> compiled;
};

/// Classes that Oniguruma takes for other sets than ICU: white space is the property, no joiner is
/// part of a word, and h is a digit of base 16.
static const char *classOf(char escaped) {
  switch (escaped) {
  case 's':
    return "\\p{White_Space}";
  case 'S':
    return "\\P{White_Space}";
  case 'w':
    return "[\\p{Alphabetic}\\p{M}\\p{N}\\p{Pc}]";
  case 'W':
    return "[^\\p{Alphabetic}\\p{M}\\p{N}\\p{Pc}]";
  case 'h':
    return "[0-9A-Fa-f]";
  case 'H':
    return "[^0-9A-Fa-f]";
  default:
    return nullptr;
  }
}

static std::string inSyntaxOfIcu(const std::string &source) {
  std::string result;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\\' || i + 1 == source.size()) {
      result += source[i];
      continue;
    }
    char escaped = source[++i];
    if (const char *set = classOf(escaped))
      result += set;
    else
      (result += '\\') += escaped;
  }
  return result;
}

static std::string reasonOf(UErrorCode code) {
  if (code == U_REGEX_STOPPED_BY_CALLER)
    return "takes too many steps on this text";
  if (code == U_REGEX_STACK_OVERFLOW)
    return "takes too much memory on this text";
  return u_errorName(code);
}

static void check(UErrorCode code, const std::string &source) {
  if (U_FAILURE(code))
    throw Failure("regular expression '" + source + "': " + reasonOf(code));
}

namespace {
/// How often a matcher may go back in one text, in ten thousands, which is when it asks. The
/// expressions of tokenizers look at a byte a few times; those that count digits from the end, as
/// often as there are digits in a run.
class Budget {
public:
  explicit Budget(size_t bytes) : left(200 + int64_t(bytes) / 5) {}

  static UBool spend(const void *budget, int32_t) {
    return --static_cast<const Budget *>(budget)->left > 0;
  }

private:
  mutable int64_t left; // ICU hands a const pointer back
};
} // namespace

/// Enough for a text of one letter, whatever its length.
static int32_t mostStack(size_t bytes) {
  return int32_t(std::min<uint64_t>((uint64_t(1) << 24) + 256 * uint64_t(bytes), INT32_MAX));
}

Pattern Pattern::ofString(std::string literal) {
  Pattern pattern;
  pattern.literal = std::move(literal);
  return pattern;
}

Pattern Pattern::ofRegex(const std::string &source) {
  if (source.size() > longestSource)
    throw Failure("expects a regular expression of at most " + std::to_string(longestSource) +
                  " bytes (found " + std::to_string(source.size()) + ")");
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
  Budget budget(text.size());
  matcher->setStackLimit(mostStack(text.size()), code);
  matcher->setMatchCallback(Budget::spend, &budget, code);
  std::vector<Range> ranges;
  while (matcher->find(code)) {
    auto begin = size_t(matcher->start64(code)), end = size_t(matcher->end64(code));
    if (begin < end || ranges.empty() || ranges.back().end != begin)
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
    checkGrowth(text.size(), result.size());
  }
  return result.append(text, done, std::string::npos);
}
