// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort inspect: what is in a model, and what of it was recognized.
#include "dialects/Retort/Names.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Recognize/Inventory.h"
#include "tools/retort/InspectCompiled.h"
#include "tools/retort/JsonNumber.h"
#include "tools/retort/ModelFlags.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;
using mlir::ModuleOp;

static Error inspect();
static Command command("inspect", "tell what is in a model, and what of it is recognized",
                       "retort inspect model.onnx --json", inspect);
static ModelFlags flags(command);
static cl::opt<bool> asJson("json", cl::desc("print one JSON object"), cl::sub(command));

/// Layers are alike: a reason that many of them have is said once.
static std::vector<std::string> reasonsOf(const std::vector<std::string> &missed) {
  MapVector<StringRef, unsigned> times;
  for (const std::string &reason : missed)
    ++times[reason];
  std::vector<std::string> reasons;
  for (auto [reason, number] : times)
    reasons.push_back(reason.str() + (number > 1 ? " (" + std::to_string(number) + " times)" : ""));
  return reasons;
}

static json::Object toJson(const Count &count) {
  return json::Object{
      {"found", count.found}, {"of", count.all}, {"missed", json::Array(reasonsOf(count.missed))}};
}

static json::Object toJson(const RopeGroup &group) {
  const RopeDescription &rope = group.rope;
  json::Object object{{"count", group.count}};
  if (!group.reason.empty()) {
    object["reason"] = group.reason;
    return object;
  }
  object["layout"] = rope.interleaved ? "interleaved" : "half";
  object["rotary_width"] = rope.width;
  object["head_size"] = rope.headSize;
  object["amplitude"] = jsonNumber(rope.amplitude);
  object["base"] = rope.law ? jsonNumber(rope.law->base) : json::Value(nullptr);
  object["factor"] = rope.law ? jsonNumber(1 / rope.law->first) : json::Value(nullptr);
  object["frequencies"] = json::Array(rope.frequencies);
  object["limit"] = rope.limit ? json::Value(*rope.limit) : json::Value(nullptr);
  object["row_stable"] = rope.rowStable;
  return object;
}

/// A size is a number, or the name of one.
static json::Array shapeOf(const ModelValue &value) {
  json::Array shape;
  for (const std::string &size : value.shape) {
    int64_t number;
    if (StringRef(size).getAsInteger(10, number))
      shape.push_back(size);
    else
      shape.push_back(number);
  }
  return shape;
}

static json::Array toJson(const std::vector<ModelValue> &values) {
  json::Array array;
  for (const ModelValue &value : values) {
    json::Object object{{"name", value.name},
                        {"type", value.type},
                        {"shape", shapeOf(value)},
                        {"role", value.role}};
    if (value.hasDefault)
      object["default"] = true;
    array.push_back(std::move(object));
  }
  return array;
}

namespace {
/// How a text is continued: by a step that the file gives or that is derived, or not at all, for
/// the reason.
struct DecodeStep {
  std::string kind, reason;

  static DecodeStep of(ModuleOp module, const Inventory &model) {
    auto why = module->getAttrOfType<mlir::StringAttr>(names::noDecodeStep);
    bool isGiven = model.cache != CacheKind::None;
    return {isGiven ? "given" : why ? "refused" : "derived", why ? why.str() : ""};
  }
};
} // namespace

static json::Object toJson(const Inventory &model, const DecodeStep &step) {
  json::Object opsets, weights;
  for (auto &[domain, version] : model.opsets)
    opsets[domain.empty() ? "ai.onnx" : domain] = version;
  int64_t bytes = 0;
  for (auto &[type, group] : model.weights) {
    weights[type] = json::Object{
        {"tensors", group.tensors}, {"elements", group.elements}, {"bytes", group.bytes}};
    bytes += group.bytes;
  }
  json::Array ropes;
  for (const RopeGroup &group : model.ropes)
    ropes.push_back(toJson(group));
  return json::Object{{"producer", model.producer},
                      {"ir_version", model.irVersion},
                      {"opsets", std::move(opsets)},
                      {"parameters", model.parameters},
                      {"weight_bytes", bytes},
                      {"weights", std::move(weights)},
                      {"attention", toJson(model.attention)},
                      {"retention", toJson(model.retention)},
                      {"rms_norms", toJson(model.rmsNorms)},
                      {"layer_norms", toJson(model.layerNorms)},
                      {"ropes", std::move(ropes)},
                      {"ropes_missed", json::Array(reasonsOf(model.missedRopes))},
                      {"decode_step", step.kind},
                      {"decode_step_reason", step.reason},
                      {"kv_cache", nameOf(model.cache)},
                      {"inputs", toJson(model.inputs)},
                      {"outputs", toJson(model.outputs)}};
}

static raw_ostream &field(StringRef name) { return outs() << left_justify(name, 13); }

static void print(StringRef name, const Count &count) {
  if (count.all == 0)
    return;
  field(name) << count.found << " of " << count.all << "\n";
  for (const std::string &reason : reasonsOf(count.missed))
    field("") << "missed: " << reason << "\n";
}

static void print(const RopeGroup &group) {
  const RopeDescription &rope = group.rope;
  field("rope") << group.count << " x ";
  if (!group.reason.empty()) {
    outs() << "without description: " << group.reason << "\n";
    return;
  }
  outs() << (rope.interleaved ? "interleaved" : "half") << ", " << rope.width << " of "
         << rope.headSize << " coordinates, ";
  if (rope.law)
    outs() << "base " << format("%.9g", rope.law->base);
  else
    outs() << "no base: frequencies " << format("%.6g", rope.frequencies.front()) << " to "
           << format("%.6g", rope.frequencies.back());
  if (rope.law && rope.law->first != 1)
    outs() << ", interpolated by " << format("%.6g", 1 / rope.law->first);
  if (rope.amplitude != 1)
    outs() << ", attention factor " << format("%.6g", rope.amplitude);
  if (rope.limit)
    outs() << ", " << *rope.limit << " positions";
  outs() << (rope.rowStable ? "\n" : ", frequencies depend on the length\n");
}

static void print(StringRef kind, const std::vector<ModelValue> &values) {
  for (const ModelValue &value : values)
    field(kind) << value.name << ": " << value.type << " [" << join(value.shape, ", ") << "]"
                << (value.role.empty() ? "" : ", " + value.role)
                << (value.hasDefault ? ", has a default" : "") << "\n";
}

static void print(const Inventory &model, const DecodeStep &step) {
  field("producer") << model.producer << "\n";
  field("opsets");
  interleaveComma(model.opsets, outs(), [](const auto &entry) {
    outs() << (entry.first.empty() ? "ai.onnx" : entry.first) << " " << entry.second;
  });
  outs() << "\n";
  field("parameters") << model.parameters << "\n";
  for (auto &[type, group] : model.weights)
    field("  " + type) << group.bytes << " bytes in " << group.tensors << " tensors\n";
  print("attention", model.attention);
  print("retention", model.retention);
  print("rms norms", model.rmsNorms);
  print("layer norms", model.layerNorms);
  for (const RopeGroup &group : model.ropes)
    print(group);
  if (!model.missedRopes.empty())
    field("rope") << model.missedRopes.size() << " not recognized\n";
  for (const std::string &reason : reasonsOf(model.missedRopes))
    field("") << "missed: " << reason << "\n";
  field("decode step") << step.kind << (step.reason.empty() ? "" : ": " + step.reason) << "\n";
  field("kv cache") << nameOf(model.cache) << "\n";
  print("input", model.inputs);
  print("output", model.outputs);
}

static Error inspect() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (Error error = flags.expectNone(
          {"recipe", "compress", "ledger", "target-cpu", "numerics", "portable-steps", "optimize"},
          "a model is inspected as it is"))
    return error;
  if (StringRef(*path).ends_with(".so"))
    return inspectCompiled(*path, asJson);
  Compiler compiler(flags.options());
  if (Error error = compiler.compile(*path, Phase::Recognize))
    return error;
  Inventory model = takeInventory(compiler.module());
  if (Error error = compiler.deriveDecodeStep())
    return error;
  DecodeStep step = DecodeStep::of(compiler.module(), model);
  flags.progress().finish();
  if (asJson)
    outs() << json::Value(toJson(model, step)) << "\n";
  else
    print(model, step);
  return Error::success();
}
