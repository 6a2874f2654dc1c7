// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses steps by what they state.
#include "lib/Codegen/StepTable.h"

#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace mlir;
using namespace retort;

/// Empty where the step can be taken.
static std::string whyNot(const MultiplyStep &step, const StepWeight &weight,
                          const StepChoice &choice) {
  if (std::string refusal = step.refusal(weight); !refusal.empty())
    return refusal;
  if (choice.isPortable || step.isNative(choice.target))
    return "";
  return "the target has not " + llvm::join(step.features(choice.target), ", nor ");
}

namespace {
struct Candidate {
  const MultiplyStep *step;
  SmallVector<StepTile> tiles;

  /// The tile for so many rows, if there is one.
  const StepTile *tileFor(int64_t rows) const {
    const StepTile *found = nullptr;
    for (const StepTile &tile : tiles)
      if (tile.fromRows <= rows && (!found || tile.fromRows > found->fromRows))
        found = &tile;
    return found;
  }
};
} // namespace

SmallVector<StepUse> retort::stepTable(const StepWeight &weight, const StepChoice &choice,
                                       function_ref<void(const MultiplyStep &, StringRef)> left) {
  SmallVector<Candidate> candidates;
  std::set<int64_t> starts;
  for (auto &step : stepsOf(choice.target.getContext())) {
    if (step->numerics() > choice.numerics)
      continue;
    if (std::string why = whyNot(*step, weight, choice); !why.empty()) {
      if (left)
        left(*step, why);
      continue;
    }
    Candidate candidate{step.get(), step->tiles(choice.target, weight)};
    llvm::erase_if(candidate.tiles, [&](const StepTile &tile) {
      return tile.registers > choice.target.getVectorRegisters();
    });
    for (const StepTile &tile : candidate.tiles)
      starts.insert(tile.fromRows);
    candidates.push_back(candidate);
  }
  SmallVector<StepUse> table;
  for (int64_t rows : starts) {
    std::optional<StepUse> best;
    double least = 0;
    for (const Candidate &candidate : candidates)
      if (const StepTile *tile = candidate.tileFor(rows); tile && (!best || tile->cost < least)) {
        best = {rows, candidate.step, tile->shape};
        least = tile->cost;
      }
    bool isNew =
        table.empty() || table.back().step != best->step || !(table.back().shape == best->shape);
    if (isNew)
      table.push_back(*best);
  }
  return table;
}
