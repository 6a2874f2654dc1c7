// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the fields of a tokenizer.json; what is missing or of another type is thrown by name.
#ifndef RETORT_LIB_TEXT_JSONFIELDS_H
#define RETORT_LIB_TEXT_JSONFIELDS_H

#include "lib/Runtime/Result.h"
#include "lib/Text/Pattern.h"

#include <nlohmann/json.hpp>
#include <string>

namespace retort::text {

using Json = nlohmann::json;

/// The member, or null where `object` has none.
const Json &member(const Json &object, const char *name);
/// The member `type` of a step; every step has one.
std::string typeOf(const Json &step);

bool boolOf(const Json &object, const char *name, bool otherwise);
int64_t integerOf(const Json &object, const char *name, int64_t otherwise);
std::string stringOf(const Json &object, const char *name, const std::string &otherwise);
std::string requiredString(const Json &object, const char *name);
const Json &requiredArray(const Json &object, const char *name);

/// The member `pattern`: {"String": ...} or {"Regex": ...}.
Pattern patternOf(const Json &object);

/// A step that this tokenizer does not know: "unsupported normalizer 'Foo'".
[[noreturn]] void unsupported(const char *kind, const std::string &type);

} // namespace retort::text

#endif
