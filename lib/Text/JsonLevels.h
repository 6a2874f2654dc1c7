// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How deep a JSON text goes, before anything reads it that calls itself for each level.
#ifndef RETORT_LIB_TEXT_JSONLEVELS_H
#define RETORT_LIB_TEXT_JSONLEVELS_H

#include <string_view>

namespace retort::text {

/// The configurations and tokenizers of models have fewer than ten.
inline constexpr int mostJsonLevels = 64;

/// The deepest level of arrays and objects. Of what is not JSON, some number.
int countJsonLevels(std::string_view json);

} // namespace retort::text

#endif
