// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How deep a JSON text goes.
#include "lib/Text/JsonLevels.h"

#include <algorithm>

int retort::text::countJsonLevels(std::string_view json) {
  int level = 0, deepest = 0;
  bool inString = false;
  for (size_t i = 0; i < json.size(); ++i) {
    char c = json[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++level);
    else if (!inString && (c == ']' || c == '}'))
      --level;
  }
  return deepest;
}
