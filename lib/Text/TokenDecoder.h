// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a token of a tokenizer.json adds to a text.
#ifndef RETORT_LIB_TEXT_TOKENDECODER_H
#define RETORT_LIB_TEXT_TOKENDECODER_H

#include "lib/Text/Growth.h"
#include "lib/Text/JsonFields.h"

#include <functional>

namespace retort::text {

struct TokenDecoder {
  /// Changes a token into the bytes that it adds, one step after the other.
  std::vector<std::function<std::string(std::string)>> steps;
  /// Whether the text's first space is not part of it.
  bool addsLeadingSpace = false;

  std::string bytesOf(std::string token) const {
    size_t before = token.size();
    for (const auto &step : steps) {
      token = step(std::move(token));
      checkGrowth(before, token.size());
    }
    return token;
  }
};

/// From the member `decoder`, null included. Throws.
TokenDecoder makeTokenDecoder(const Json &step);

} // namespace retort::text

#endif
