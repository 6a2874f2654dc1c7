// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a ledger tells of training runs.
#include "tools/retort/ReportTraining.h"
#include "lib/Pipeline/Diagnostics.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <optional>

using namespace llvm;
using namespace retort;

static std::optional<json::Value> pointOf(StringRef text) {
  SmallVector<StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  int64_t step = 0;
  if (words.size() != 4 || words[0].getAsInteger(10, step))
    return std::nullopt;
  json::Object point{{"step", step}};
  for (auto [name, word] : zip_equal(std::initializer_list<StringRef>{"loss", "held_out", "rate"},
                                     ArrayRef(words).drop_front())) {
    double number = 0;
    if (word.getAsDouble(number))
      return std::nullopt;
    point[name] = std::isfinite(number) ? json::Value(number) : json::Value(nullptr);
  }
  return json::Value(std::move(point));
}

static std::optional<json::Array> pointsOf(const json::Value &curve) {
  auto text = curve.getAsString();
  if (!text)
    return std::nullopt;
  SmallVector<StringRef> parts;
  text->split(parts, ',', -1, /*KeepEmpty=*/false);
  json::Array points;
  for (StringRef part : parts) {
    auto point = pointOf(part);
    if (!point)
      return std::nullopt;
    points.push_back(std::move(*point));
  }
  return points;
}

Expected<json::Array> retort::trainingRuns(const json::Array &records) {
  json::Array runs;
  for (auto [i, each] : enumerate(records)) {
    const json::Value *curve = each.getAsObject()->get("curve");
    if (!curve)
      continue;
    auto points = pointsOf(*curve);
    if (!points)
      return makeError(
          "expects 'STEP LOSS HELD-OUT RATE, ...' as 'curve', found another at record " +
          Twine(i + 1));
    json::Object run = *each.getAsObject();
    run["curve"] = std::move(*points);
    runs.push_back(std::move(run));
  }
  return std::move(runs);
}
