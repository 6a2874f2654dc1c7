// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers of a state as JSON, which keeps all digits of f64.
#include "lib/Trainer/TrainingState.h"

using namespace retort;
namespace json = llvm::json;

ParameterValues retort::startOf(llvm::ArrayRef<Parameter> parameters) {
  ParameterValues values;
  for (const Parameter &parameter : parameters)
    values.push_back(parameter.start);
  return values;
}

namespace {
/// Names each number once: what is written is what is read.
struct WriteNumbers {
  json::Object &object;
  template <typename T> void operator()(llvm::StringRef name, const T &value) {
    object[name] = value;
  }
};

struct ReadNumbers {
  const json::Object &object;
  bool isWhole = true;

  template <typename T> void operator()(llvm::StringRef name, T &value) {
    auto found = get(name, value);
    isWhole &= found.has_value();
    if (found)
      value = T(*found);
  }

private:
  std::optional<int64_t> get(llvm::StringRef name, int64_t) { return object.getInteger(name); }
  std::optional<double> get(llvm::StringRef name, double) { return object.getNumber(name); }
  std::optional<llvm::StringRef> get(llvm::StringRef name, const std::string &) {
    return object.getString(name);
  }
};
} // namespace

template <typename Visit, typename State> static void visitNumbers(Visit &visit, State &state) {
  visit("step", state.step);
  visit("measured", state.measured);
  visit("not_better", state.notBetter);
  visit("failures", state.failures);
  visit("rate_factor", state.rateFactor);
  visit("loss_sum", state.lossSum);
  visit("loss_count", state.lossCount);
  visit("tokens", state.tokens);
  visit("seconds", state.seconds);
  visit("before", state.before);
  visit("held_out", state.heldOut);
  visit("best_loss", state.bestLoss);
  visit("best_step", state.bestStep);
  visit("note", state.note);
  visit("updates", state.optimizer.updates);
}

template <typename Visit, typename Point> static void visitPoint(Visit &visit, Point &point) {
  visit("step", point.step);
  visit("loss", point.loss);
  visit("held_out", point.heldOut);
  visit("rate", point.rate);
}

json::Object TrainingState::numbers() const {
  json::Object object;
  WriteNumbers write{object};
  visitNumbers(write, *this);
  json::Array points;
  for (const TrainingPoint &point : curve) {
    json::Object each;
    WriteNumbers writePoint{each};
    visitPoint(writePoint, point);
    points.push_back(std::move(each));
  }
  object["curve"] = std::move(points);
  return object;
}

bool TrainingState::setNumbers(const json::Object &object) {
  ReadNumbers read{object};
  visitNumbers(read, *this);
  const json::Array *points = object.getArray("curve");
  if (!points || !read.isWhole)
    return false;
  curve.clear();
  for (const json::Value &value : *points) {
    const json::Object *each = value.getAsObject();
    if (!each)
      return false;
    ReadNumbers readPoint{*each};
    visitPoint(readPoint, curve.emplace_back());
    if (!readPoint.isWhole)
      return false;
  }
  return true;
}
