// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the fields of a tokenizer.json; what is missing or of another type is thrown by name.
#include "lib/Text/JsonFields.h"

using namespace retort::text;
using retort::runtime::Failure;

const Json &retort::text::member(const Json &object, const char *name) {
  static const Json null;
  if (!object.is_object())
    return null;
  auto it = object.find(name);
  return it == object.end() ? null : *it;
}

[[noreturn]] static void mistyped(const char *name, const char *expected, const Json &found) {
  throw Failure(std::string("expects ") + expected + " for '" + name + "', found " +
                found.type_name());
}

std::string retort::text::typeOf(const Json &step) { return requiredString(step, "type"); }

bool retort::text::boolOf(const Json &object, const char *name, bool otherwise) {
  const Json &value = member(object, name);
  if (value.is_null())
    return otherwise;
  if (!value.is_boolean())
    mistyped(name, "a boolean", value);
  return value.get<bool>();
}

int64_t retort::text::integerOf(const Json &object, const char *name, int64_t otherwise) {
  const Json &value = member(object, name);
  if (value.is_null())
    return otherwise;
  if (!value.is_number_integer())
    mistyped(name, "an integer", value);
  return value.get<int64_t>();
}

std::string retort::text::stringOf(const Json &object, const char *name,
                                   const std::string &otherwise) {
  return member(object, name).is_null() ? otherwise : requiredString(object, name);
}

std::string retort::text::requiredString(const Json &object, const char *name) {
  const Json &value = member(object, name);
  if (!value.is_string())
    mistyped(name, "a string", value);
  return value.get<std::string>();
}

const Json &retort::text::requiredArray(const Json &object, const char *name) {
  const Json &value = member(object, name);
  if (!value.is_array())
    mistyped(name, "an array", value);
  return value;
}

Pattern retort::text::patternOf(const Json &object) {
  const Json &pattern = member(object, "pattern");
  if (pattern.is_string())
    return Pattern::ofString(pattern.get<std::string>());
  if (!member(pattern, "Regex").is_null())
    return Pattern::ofRegex(requiredString(pattern, "Regex"));
  if (!pattern.is_object())
    mistyped("pattern", "an object", pattern);
  return Pattern::ofString(requiredString(pattern, "String"));
}

void retort::text::unsupported(const char *kind, const std::string &type) {
  throw Failure(std::string("unsupported ") + kind + " '" + type + "'");
}
