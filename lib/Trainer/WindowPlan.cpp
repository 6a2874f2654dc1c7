// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which windows of a text a step reads.
#include "lib/Trainer/WindowPlan.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <cmath>

using namespace retort;

/// A bijection of 64 bits in which each bit of the result follows from all of the argument
/// (SplitMix64, of doi:10.1145/2714064.2660195).
static uint64_t mixed(uint64_t bits) {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

TokenWindow retort::windowAt(const TokenSource &data, int64_t first, int64_t length) {
  TokenWindow window;
  window.tokens.resize(size_t(length));
  data.read(first, window.tokens);
  window.weights.assign(size_t(length), 1);
  window.weights.back() = 0;
  return window;
}

/// One behind the other, from `first` on.
static std::vector<TokenWindow> cutWindows(const TokenSource &data, int64_t first, int64_t length) {
  std::vector<TokenWindow> windows;
  for (; data.size() - first >= length && int64_t(windows.size()) < WindowPlan::mostHeld;
       first += length)
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

static int64_t heldTokens(const TokenSource &data, const TrainingOptions &options) {
  double share = 0;
  (void)llvm::StringRef(options.heldOut).getAsDouble(share);
  return std::max(int64_t(std::llround(share * double(data.size()))), options.context);
}

llvm::Expected<WindowPlan> WindowPlan::create(const TokenSource &data, const TokenSource *other,
                                              const TrainingOptions &options) {
  WindowPlan plan;
  plan.data = &data;
  plan.length = options.context;
  plan.seed = uint64_t(options.seed);
  plan.content = data.hash();
  if (other && data.hash() == other->hash())
    return llvm::createStringError("expects 'held-out' tokens that are not trained on, found those "
                                   "of 'data'");
  if (other)
    plan.content += "/" + other->hash();
  if (!other && data.size() < 2 * plan.length)
    return tooShort(data, 2, plan.length);
  if (data.size() < plan.length)
    return tooShort(data, 1, plan.length);
  if (other && other->size() < plan.length)
    return tooShort(*other, 1, plan.length);
  plan.end = other ? data.size() : data.size() - heldTokens(data, options);
  if (plan.end < plan.length)
    return llvm::createStringError("'held-out' (" + options.heldOut + ") leaves " +
                                   llvm::Twine(plan.end) + " of the " + llvm::Twine(data.size()) +
                                   " tokens of '" + data.name() + "': expects at least " +
                                   llvm::Twine(plan.length) + ", a window of 'context' tokens");
  plan.held = other ? cutWindows(*other, 0, plan.length) : cutWindows(data, plan.end, plan.length);
  return plan;
}

int64_t WindowPlan::firstOf(int64_t step, int64_t place) const {
  uint64_t bits = mixed(mixed(mixed(seed) ^ uint64_t(step)) ^ uint64_t(place));
  auto count = uint64_t(end - length + 1);
  return int64_t((__uint128_t(bits) * count) >> 64);
}

TokenWindow WindowPlan::window(int64_t step, int64_t place) const {
  return windowAt(*data, firstOf(step, place), length);
}
