// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file of a size that was asked for: what is chosen for it, seen by what was written.
#include "lib/Pipeline/SizeGoal.h"

#include "dialects/Retort/Names.h"

#include "mlir/IR/BuiltinAttributes.h"

#include <algorithm>

using namespace mlir;
using namespace retort;

std::optional<SizeGoal> SizeGoal::take(ModuleOp module) {
  auto said = dyn_cast_or_null<DictionaryAttr>(module->removeAttr(names::size));
  module->removeAttr(names::sizeBeside);
  if (!said)
    return std::nullopt;
  auto number = [&](StringRef key) {
    auto value = said.getAs<IntegerAttr>(key);
    return value ? value.getInt() : 0;
  };
  return SizeGoal{number("target"), number("bytes"), number("least"), number("most")};
}

/// By how much a file grows with each byte that is chosen, as two files tell.
double SizeSearch::growth(int64_t bytes, int64_t written) const {
  if (!last || last->first == bytes)
    return 1;
  return std::clamp(double(written - last->second) / double(bytes - last->first), .5, 2.);
}

std::optional<int64_t> SizeSearch::settle(int64_t written) {
  isSettled = true;
  return best->written > written ? best->beside : std::nullopt;
}

llvm::Expected<std::optional<int64_t>> SizeSearch::next(const SizeGoal &goal, int64_t written) {
  constexpr int patience = 6, mostRounds = 12;
  if (isSettled)
    return std::nullopt;
  ++round;
  int64_t slack = goal.target - written;
  if (slack >= 0 && (!best || written > best->written))
    best = {beside, written};
  if (slack < 0 && round == mostRounds && best && best->beside)
    return settle(0);
  if (slack < 0 && (goal.bytes <= goal.least || round == mostRounds))
    return llvm::createStringError("expects a 'target-size' of at least " +
                                   llvm::Twine(written - goal.bytes + goal.least) +
                                   " bytes, which the smallest candidates and the rest of the "
                                   "model take, found " +
                                   llvm::Twine(goal.target));
  // What the choice left of its budget it would leave again.
  int64_t left = beside ? goal.target - *beside - goal.bytes : 0, near = goal.target / 200;
  bool isAsLarge = goal.bytes >= goal.most || slack <= near || (beside && slack <= left + near);
  if (slack >= 0 && (isAsLarge || round >= patience))
    return settle(written);
  // What else changes with the choice is not known; a little room makes an end of it.
  int64_t room = slack < 0 && beside ? goal.target / 4000 * round : 0,
          wanted = goal.bytes + int64_t(double(slack - room) / growth(goal.bytes, written));
  last = {goal.bytes, written};
  beside = goal.target - wanted;
  return *beside;
}
