// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which windows of a text a step reads.
#include "lib/Trainer/WindowPlan.h"
#include "lib/Support/SplitMix.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <cmath>

using namespace retort;

TokenWindow retort::windowAt(const TokenSource &data, int64_t first, int64_t length) {
  return {data.ids(first, length), data.rowWeights(first, length)};
}

/// One behind the other, from `first` on.
static std::vector<TokenWindow> cutWindows(const TokenSource &data, int64_t first,
                                           const TrainingOptions &options) {
  int64_t length = options.context;
  double share = double(options.steps) * double(options.batch * options.accumulate) / 64;
  auto most =
      int64_t(std::clamp(share, double(WindowPlan::fewestHeld), double(WindowPlan::mostHeld)));
  std::vector<TokenWindow> windows;
  for (; data.size() - first >= length && int64_t(windows.size()) < most; first += length)
    windows.push_back(windowAt(data, first, length));
  return windows;
}

static llvm::Error tooShort(const TokenSource &data, int64_t windows, int64_t length) {
  return llvm::createStringError(
      "'" + data.name() + "' has " + llvm::Twine(data.size()) + " tokens: expects at least " +
      llvm::Twine(windows * length) + ", " + (windows == 1 ? "a window" : "two windows") +
      " of 'context' (" + llvm::Twine(length) + ") tokens" +
      (windows == 1 ? "" : ", one to train on and one that is held out"));
}

/// Whether windows of this length can be cut from the data.
static llvm::Error checkSource(const TokenSource &data, int64_t windows, int64_t length) {
  int64_t own = data.windowLength();
  if (own > 0 && own % length != 0)
    return llvm::createStringError("'" + data.name() + "' has windows of " + llvm::Twine(own) +
                                   " tokens: expects a 'context' that divides them, found " +
                                   llvm::Twine(length));
  return data.size() < windows * length ? tooShort(data, windows, length) : llvm::Error::success();
}

/// Where what is trained on ends.
static int64_t endOfTrained(const TokenSource &data, const TrainingOptions &options) {
  double share = 0;
  (void)llvm::StringRef(options.heldOut).getAsDouble(share);
  int64_t held = std::max(int64_t(std::llround(share * double(data.size()))), options.context);
  int64_t end = data.size() - held;
  // No text is trained on in its begin and measured on in its end.
  return data.windowLength() > 0 ? end / data.windowLength() * data.windowLength() : end;
}

static bool isAnyCounted(const std::vector<TokenWindow> &windows) {
  return llvm::any_of(windows, [](const TokenWindow &window) {
    return llvm::any_of(window.weights, [](float weight) { return weight > 0; });
  });
}

llvm::Expected<WindowPlan> WindowPlan::create(const TokenSource &data, const TokenSource *other,
                                              const TrainingOptions &options) {
  WindowPlan plan;
  plan.data = &data;
  plan.length = options.context;
  plan.stride = data.windowLength() > 0 ? plan.length : 1;
  plan.seed = uint64_t(options.seed);
  plan.content = data.hash() + (other ? "/" + other->hash() : "");
  if (other && data.hash() == other->hash())
    return llvm::createStringError("expects 'held-out' tokens that are not trained on, found those "
                                   "of 'data'");
  if (llvm::Error error = checkSource(data, other ? 1 : 2, plan.length))
    return std::move(error);
  if (llvm::Error error = other ? checkSource(*other, 1, plan.length) : llvm::Error::success())
    return std::move(error);
  plan.end = other ? data.size() : endOfTrained(data, options);
  if (plan.end < plan.length)
    return llvm::createStringError("'held-out' (" + options.heldOut + ") leaves " +
                                   llvm::Twine(plan.end) + " of the " + llvm::Twine(data.size()) +
                                   " tokens of '" + data.name() + "': expects at least " +
                                   llvm::Twine(plan.length) + ", a window of 'context' tokens");
  plan.held = other ? cutWindows(*other, 0, options) : cutWindows(data, plan.end, options);
  if (!isAnyCounted(plan.held))
    return llvm::createStringError("expects held-out tokens that count, found none in '" +
                                   (other ? *other : data).name() + "'");
  return plan;
}

int64_t WindowPlan::firstOf(int64_t step, int64_t place) const {
  uint64_t bits = splitMix(splitMix(splitMix(seed) ^ uint64_t(step)) ^ uint64_t(place));
  auto count = uint64_t((end - length) / stride + 1);
  return int64_t((__uint128_t(bits) * count) >> 64) * stride;
}

TokenWindow WindowPlan::window(int64_t step, int64_t place) const {
  return windowAt(*data, firstOf(step, place), length);
}
