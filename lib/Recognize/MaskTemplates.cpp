// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules are tried from the simplest on.
#include "lib/Recognize/MaskTemplates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace retort;

bool MaskRule::sees(int64_t position, int64_t column) const {
  return (!causal || column <= position) && (!left || position - *left <= column) &&
         (!right || column <= position + *right);
}

bool retort::fits(const MaskRule &rule, const SampledMask &mask) {
  size_t at = 0;
  for (int64_t b = 0; b < mask.batch; ++b)
    for (int64_t i = 0; i < mask.rows; ++i)
      for (int64_t j = 0; j < mask.columns; ++j, ++at) {
        bool sees = rule.sees(i + mask.columns - mask.rows, j) &&
                    (!rule.padding || mask.tokens[b * mask.columns + j]);
        if (sees != mask.visible[at])
          return false;
      }
  return true;
}

/// All rules without padding, the simplest first. A window of c columns has c - 1 behind the row's
/// own, or c.
static llvm::SmallVector<MaskRule> rulesFor(llvm::ArrayRef<int64_t> windows) {
  llvm::SmallVector<MaskRule> rules(2);
  rules[1].causal = true;
  for (int64_t width : windows)
    for (int64_t left : {width - 1, width, width / 2, width / 2 - 1}) {
      if (left < 1)
        continue;
      MaskRule window;
      window.causal = true;
      window.left = left;
      rules.push_back(window);
      // To both sides.
      window.causal = false;
      window.right = left;
      rules.push_back(window);
    }
  return rules;
}

std::optional<MaskRule> retort::findMaskRule(llvm::ArrayRef<SampledMask> samples,
                                             llvm::ArrayRef<int64_t> windows) {
  bool hasTokens =
      llvm::all_of(samples, [](const SampledMask &mask) { return !mask.tokens.empty(); });
  for (MaskRule rule : rulesFor(windows))
    for (bool padding : {false, true}) {
      rule.padding = padding;
      if ((hasTokens || !padding) &&
          llvm::all_of(samples, [&](const SampledMask &mask) { return fits(rule, mask); }))
        return rule;
    }
  return std::nullopt;
}

HiddenRows retort::commonHiddenRows(llvm::ArrayRef<SampledMask> samples) {
  HiddenRows common = HiddenRows::None;
  for (const SampledMask &mask : samples) {
    if (mask.hiddenRows == HiddenRows::None || mask.hiddenRows == common)
      continue;
    if (common != HiddenRows::None)
      return HiddenRows::Other;
    common = mask.hiddenRows;
  }
  return common;
}
