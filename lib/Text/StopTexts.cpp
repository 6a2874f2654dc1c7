// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts that end a continuation where they occur in it.
#include "lib/Text/StopTexts.h"

#include <algorithm>
#include <utility>

using namespace retort::text;

/// The length of the longest end of `text` that begins `stop`.
static size_t beginningOf(const std::string &stop, const std::string &text) {
  for (size_t length = std::min(stop.size() - 1, text.size()); length > 0; --length)
    if (text.compare(text.size() - length, length, stop, 0, length) == 0)
      return length;
  return 0;
}

std::string StopTexts::push(const std::string &part) {
  if (found)
    return "";
  held += part;
  size_t end = std::string::npos, keep = 0;
  for (const std::string &stop : stops) {
    end = std::min(end, held.find(stop));
    keep = std::max(keep, beginningOf(stop, held));
  }
  found = end != std::string::npos;
  std::string shown = held.substr(0, found ? end : held.size() - keep);
  held.erase(0, found ? std::string::npos : shown.size());
  return shown;
}

std::string StopTexts::finish() { return std::exchange(held, ""); }
