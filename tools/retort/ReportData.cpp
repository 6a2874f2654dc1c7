// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a report shows, as one JSON object.
#include "tools/retort/ReportData.h"
#include "lib/Pipeline/Diagnostics.h"
#include "tools/retort/ReportTraining.h"
#include "tools/retort/TextFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retort;

static Expected<json::Value> readJson(StringRef path) {
  auto text = readTextFile(path);
  if (!text)
    return text.takeError();
  auto value = json::parse(*text);
  if (!value)
    return makeError(path + ": expects JSON, found " + toString(value.takeError()));
  return std::move(*value);
}

static bool holdsObjects(const json::Array *list) {
  return list && all_of(*list, [](const json::Value &each) { return each.getAsObject(); });
}

static Expected<json::Object> readLedger(StringRef path, StringRef name, FilePlan &files) {
  auto value = readJson(path);
  if (!value)
    return value.takeError();
  files.read(path, "a ledger");
  json::Object *ledger = value->getAsObject();
  if (!ledger || !holdsObjects(ledger->getArray("records")))
    return makeError(path + ": expects a ledger, or the folder of a sweep; found no 'records'");
  auto training = trainingRuns(*ledger->getArray("records"));
  if (!training)
    return makeError(path + ": " + toString(training.takeError()));
  json::Object result{{"name", json::fixUTF8(name)},
                      {"records", *ledger->get("records")},
                      {"training", std::move(*training)}};
  bool hasDeclined = holdsObjects(ledger->getArray("declined"));
  result["declined"] = hasDeclined ? *ledger->get("declined") : json::Value(json::Array());
  return std::move(result);
}

/// Other models of the same text: a list, or an object that holds it as `peers`.
static Expected<json::Array> readPeers(StringRef path, FilePlan &files) {
  if (path.empty())
    return json::Array();
  auto value = readJson(path);
  if (!value)
    return value.takeError();
  files.read(path, "the file of --peers");
  const json::Object *object = value->getAsObject();
  const json::Array *list = object ? object->getArray("peers") : value->getAsArray();
  if (!list)
    return makeError(path + ": expects a list of models");
  for (auto [i, each] : enumerate(*list)) {
    const json::Object *peer = each.getAsObject();
    bool isPeer = peer && peer->getString("name") && peer->getNumber("bytes") &&
                  (peer->getNumber("kl") || peer->getNumber("perplexity"));
    if (!isPeer)
      return makeError(path +
                       ": expects 'name', 'bytes', and 'kl' or 'perplexity' of each model, " +
                       "found none at " + Twine(i + 1));
  }
  return *list;
}

static std::string describe(const json::Object &sweep, const json::Array &points) {
  std::string line = formatv("{0} {1}", points.size(), points.size() == 1 ? "point" : "points");
  if (auto emit = sweep.getString("emit"))
    line += *emit == "onnx" ? " as ONNX" : " as native code";
  if (auto text = sweep.getString("text"))
    line += ", scored on held-back text of " + sys::path::filename(*text).str();
  return line;
}

static Error readSweep(StringRef folder, json::Object &report, FilePlan &files) {
  SmallString<256> path(folder);
  sys::path::append(path, "sweep.json");
  auto value = readJson(path);
  if (!value)
    return value.takeError();
  files.read(path, "the sweep");
  json::Object *sweep = value->getAsObject();
  const json::Array *points = sweep ? sweep->getArray("points") : nullptr;
  if (!holdsObjects(points) || points->empty())
    return makeError(path.str() + ": expects what `retort sweep` writes, with a point at least");
  json::Array ledgers;
  for (const json::Value &each : *points) {
    const json::Object &point = *each.getAsObject();
    auto name = point.getString("recipe"), file = point.getString("ledger");
    if (!name || !file)
      continue;
    SmallString<256> beside(folder);
    sys::path::append(beside, sys::path::filename(*file));
    auto ledger = readLedger(beside, *name, files);
    if (!ledger)
      return ledger.takeError();
    ledgers.push_back(std::move(*ledger));
  }
  report["title"] = sys::path::filename(sweep->getString("model").value_or("a sweep"));
  report["subtitle"] = describe(*sweep, *points);
  report["ledgers"] = std::move(ledgers);
  report["sweep"] = std::move(*value);
  return Error::success();
}

Expected<json::Object> retort::gatherReport(StringRef path, StringRef peers, FilePlan &files) {
  json::Object report{{"retort", 1}};
  auto others = readPeers(peers, files);
  if (!others)
    return others.takeError();
  report["peers"] = std::move(*others);
  if (sys::fs::is_directory(path)) {
    if (Error error = readSweep(path, report, files))
      return std::move(error);
    return std::move(report);
  }
  auto ledger = readLedger(path, sys::path::filename(path), files);
  if (!ledger)
    return ledger.takeError();
  report["title"] = json::fixUTF8(sys::path::filename(path));
  report["subtitle"] = "what each method did to each weight";
  report["ledgers"] = json::Array{std::move(*ledger)};
  return std::move(report);
}
