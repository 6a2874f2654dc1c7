// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is in a compiled model, as its manifest says.
#include "tools/retort/InspectCompiled.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Runtime/Model.h"
#include "lib/Runtime/TilePermission.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace llvm;
using namespace retort;
using runtime::FunctionInfo;
using runtime::Manifest;
using runtime::TilePermission;
using runtime::ValueInfo;

namespace {
/// Weights of one format.
struct Group {
  int64_t tensors = 0, bytes = 0;
};
} // namespace

static std::map<std::string, Group> groupsOf(const Manifest &manifest) {
  std::map<std::string, Group> groups;
  for (const runtime::WeightInfo &weight : manifest.weights) {
    Group &group =
        groups[weight.format.empty() ? std::string(info(weight.type).name) : weight.format];
    ++group.tensors;
    group.bytes += int64_t(weight.bytes);
  }
  return groups;
}

static int64_t bytesOfState(const ValueInfo &state) {
  return bytesOf(state.type, runtime::countOf(state.shape));
}

static std::string sizeAt(const ValueInfo &value, size_t axis) {
  if (value.shape[axis] >= 0)
    return std::to_string(value.shape[axis]);
  bool named = axis < value.dims.size() && !value.dims[axis].empty();
  return named ? value.dims[axis] : "?";
}

static std::vector<std::string> shapeOf(const ValueInfo &value) {
  std::vector<std::string> sizes;
  for (size_t axis = 0; axis < value.shape.size(); ++axis)
    sizes.push_back(sizeAt(value, axis));
  return sizes;
}

static json::Object toJson(const ValueInfo &value) {
  json::Object object{{"name", value.name},
                      {"type", std::string(info(value.type).name)},
                      {"shape", json::Array(shapeOf(value))},
                      {"role", value.role}};
  if (value.hasDefault())
    object["default"] = true;
  return object;
}

static json::Array toJson(const std::vector<ValueInfo> &values) {
  json::Array array;
  for (const ValueInfo &value : values)
    array.push_back(toJson(value));
  return array;
}

static std::vector<ValueInfo> statesOf(const Manifest &manifest, const FunctionInfo &function) {
  std::vector<ValueInfo> states;
  for (int64_t index : function.states)
    states.push_back(manifest.states[index]);
  return states;
}

/// Whether this process may use them.
static const TilePermission &tilesHere() { return TilePermission::ofProcess(); }

static json::Object toJson(const Manifest &manifest) {
  json::Object weights;
  int64_t bytes = 0;
  for (auto &[format, group] : groupsOf(manifest)) {
    weights[format] = json::Object{{"tensors", group.tensors}, {"bytes", group.bytes}};
    bytes += group.bytes;
  }
  json::Array functions;
  for (const FunctionInfo &function : manifest.functions)
    functions.push_back(json::Object{{"name", function.name},
                                     {"context", function.context},
                                     {"inputs", toJson(function.inputs)},
                                     {"states", toJson(statesOf(manifest, function))},
                                     {"outputs", toJson(function.outputs)}});
  json::Object object{{"id", manifest.id},
                      {"cpu", manifest.cpu},
                      {"numerics", manifest.numerics},
                      {"functions", std::move(functions)},
                      {"weight_bytes", bytes},
                      {"weights", std::move(weights)}};
  if (manifest.wantsTiles())
    object["tiles"] = tilesHere().isGranted() ? "granted" : tilesHere().whyNot();
  if (!manifest.noDecodeStep.empty())
    object["no_decode_step"] = manifest.noDecodeStep;
  return object;
}

static raw_ostream &field(StringRef name) { return outs() << left_justify(name, 13); }

static void print(StringRef kind, const std::vector<ValueInfo> &values) {
  for (const ValueInfo &value : values)
    field(kind) << value.name << (value.name.empty() ? "" : ": ") << info(value.type).name << " ["
                << join(shapeOf(value), ", ") << "]"
                << (value.role.empty() ? "" : ", " + value.role)
                << (value.hasDefault() ? ", has a default" : "") << "\n";
}

static void print(const Manifest &manifest) {
  field("compiled for") << " " << manifest.cpu << "\n";
  field("numerics") << manifest.numerics << "\n";
  if (manifest.wantsTiles())
    field("tiles") << (tilesHere().isGranted() ? "granted" : "not used: " + tilesHere().whyNot())
                   << "\n";
  for (const FunctionInfo &function : manifest.functions) {
    field("function") << function.name;
    if (function.context)
      outs() << ", up to " << function.context << " tokens";
    outs() << "\n";
    print("  input", function.inputs);
    std::vector<ValueInfo> states = statesOf(manifest, function);
    int64_t bytes = 0;
    for (const ValueInfo &state : states)
      bytes += bytesOfState(state);
    if (!states.empty())
      field("  states") << bytes << " bytes in " << states.size() << " tensors\n";
    print("  output", function.outputs);
  }
  if (!manifest.noDecodeStep.empty())
    field("decode step") << "none: " << manifest.noDecodeStep << "\n";
  for (auto &[format, group] : groupsOf(manifest))
    field("weights") << group.bytes << " bytes in " << group.tensors << " tensors, " << format
                     << "\n";
}

Error retort::inspectCompiled(StringRef path, bool asJson) {
  auto model = runtime::Model::load(path.str());
  if (!model)
    return makeError(model.error());
  const Manifest &manifest = (*model)->manifest();
  if (asJson)
    outs() << json::Value(toJson(manifest)) << "\n";
  else
    print(manifest);
  return Error::success();
}
