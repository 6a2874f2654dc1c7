// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the manifest of a compiled model.
#include "lib/Runtime/Manifest.h"
#include "lib/Runtime/Result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace retort::runtime;
using nlohmann::json;

static constexpr int version = 1;

static ElementType parseType(const json &value) {
  auto name = value.at("type").get<std::string>();
  if (auto type = elementTypeNamed(name))
    return *type;
  throw Failure("the manifest has an unknown element type '" + name + "'");
}

static ValueInfo parseValue(const json &value) {
  ValueInfo info{value.value("name", ""),
                 parseType(value),
                 value.at("shape").get<Shape>(),
                 value.value("dims", std::vector<std::string>()),
                 value.value("role", ""),
                 -1,
                 {}};
  info.dims.resize(info.shape.size());
  info.defaultWeight = value.value("default", int64_t(-1));
  info.defaultShape = value.value("default_shape", Shape());
  return info;
}

static std::vector<ValueInfo> parseValues(const json &values) {
  std::vector<ValueInfo> result;
  for (const json &value : values)
    result.push_back(parseValue(value));
  return result;
}

static std::vector<int64_t> parseIndices(const json &function, const char *key, size_t count) {
  auto indices = function.value(key, std::vector<int64_t>());
  for (int64_t index : indices)
    if (index < 0 || index >= int64_t(count))
      throw Failure("the manifest names " + std::string(key) + " " + std::to_string(index) +
                    " of " + std::to_string(count));
  return indices;
}

/// The bytes of a default are those of its shape.
static void checkDefault(const ValueInfo &input, const std::vector<WeightInfo> &weights) {
  if (!input.hasDefault())
    return;
  for (int64_t size : input.defaultShape)
    if (size < 0)
      throw Failure("the manifest has a default of shape " + toString(input.defaultShape));
  auto bytes = uint64_t(bytesOf(input.type, countOf(input.defaultShape)));
  if (input.defaultWeight >= int64_t(weights.size()) || weights[input.defaultWeight].bytes != bytes)
    throw Failure("the manifest has no default of " + std::to_string(bytes) + " bytes for input '" +
                  input.name + "'");
}

static FunctionInfo parseFunction(const json &function, const Manifest &manifest) {
  FunctionInfo info;
  info.name = function.at("name");
  info.symbol = function.at("symbol");
  info.inputs = parseValues(function.at("inputs"));
  for (const ValueInfo &input : info.inputs)
    checkDefault(input, manifest.weights);
  info.fixed = function.value("fixed", std::vector<std::string>());
  info.outputs = parseValues(function.at("outputs"));
  info.states = parseIndices(function, "states", manifest.states.size());
  info.weights = parseIndices(function, "weights", manifest.weights.size());
  info.context = function.value("context", int64_t(0));
  info.rewinds = function.value("rewinds", false);
  return info;
}

static WeightInfo parseWeight(const json &weight) {
  WeightInfo info{weight.at("offset"), weight.at("bytes"), parseType(weight),
                  weight.at("shape").get<Shape>(), weight.value("format", "")};
  for (int64_t size : info.shape)
    if (size < 0)
      throw Failure("the manifest has a weight of shape " + toString(info.shape));
  if (uint64_t(bytesOf(info.type, countOf(info.shape))) != info.bytes)
    throw Failure("the manifest has " + std::to_string(info.bytes) +
                  " bytes for a weight of shape " + toString(info.shape));
  return info;
}

static LanguageInfo parseLanguage(const json &root) {
  LanguageInfo info;
  if (!root.contains("language"))
    return info;
  const json &language = root.at("language");
  info.context = language.value("context", int64_t(0));
  info.vocabulary = language.value("vocabulary", int64_t(0));
  if (language.contains("bos"))
    info.bos = language.at("bos").get<int64_t>();
  if (language.contains("eos")) {
    const json &eos = language.at("eos");
    info.eos =
        eos.is_array() ? eos.get<std::vector<int64_t>>() : std::vector<int64_t>{eos.get<int64_t>()};
  }
  return info;
}

static Manifest read(const json &root) {
  if (int found = root.at("retort").get<int>(); found != version)
    throw Failure("the model was compiled for version " + std::to_string(found) +
                  " of the runtime's interface, this is version " + std::to_string(version));
  Manifest manifest;
  manifest.id = root.value("id", "");
  manifest.cpu = root.value("cpu", "");
  manifest.features = root.value("features", std::vector<std::string>());
  manifest.numerics = root.value("numerics", "exact");
  if (root.contains("weights"))
    for (const json &weight : root.at("weights"))
      manifest.weights.push_back(parseWeight(weight));
  if (root.contains("states"))
    manifest.states = parseValues(root.at("states"));
  for (const ValueInfo &state : manifest.states)
    for (int64_t size : state.shape)
      if (size < 0)
        throw Failure("the manifest has a state of shape " + toString(state.shape));
  for (const json &function : root.at("functions"))
    manifest.functions.push_back(parseFunction(function, manifest));
  manifest.language = parseLanguage(root);
  manifest.noDecodeStep = root.value("no_decode_step", "");
  return manifest;
}

bool Manifest::wantsTiles() const {
  return numerics != "exact" &&
         std::find(features.begin(), features.end(), "+amx-bf16") != features.end();
}

Manifest Manifest::parse(std::string_view text) {
  try {
    return read(json::parse(text));
  } catch (const json::exception &problem) {
    throw Failure(std::string("the manifest is not valid: ") + problem.what());
  }
}
