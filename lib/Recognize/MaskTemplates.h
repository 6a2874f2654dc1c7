// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a mask means: compares which columns the rows of sampled masks see with rules.
#ifndef RETORT_LIB_RECOGNIZE_MASKTEMPLATES_H
#define RETORT_LIB_RECOGNIZE_MASKTEMPLATES_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retort {

/// What a row that sees no column takes its values from.
enum class HiddenRows {
  None, ///< there is no such row
  Zero, ///< nothing
  Mean, ///< all columns alike
  Other ///< columns, by their scores
};

/// A mask at one size.
struct SampledMask {
  int64_t batch = 0, rows = 0, columns = 0;
  /// batch x rows x columns: whether the row sees the column.
  std::vector<bool> visible;
  /// batch x columns: whether the column holds a token.
  std::vector<bool> tokens;
  HiddenRows hiddenRows = HiddenRows::None;
};

/// Row i stands at column p = i + columns - rows. It sees column j where j <= p (causal), p - left
/// <= j, j <= p + right, and the column holds a token (padding), as far as these are asked for.
struct MaskRule {
  bool causal = false, padding = false;
  std::optional<int64_t> left, right;

  bool sees(int64_t position, int64_t column) const;
};

/// The simplest rule by which all samples hide what they hide; nullopt where none fits. `windows`
/// are the widths worth trying.
std::optional<MaskRule> findMaskRule(llvm::ArrayRef<SampledMask> samples,
                                     llvm::ArrayRef<int64_t> windows);

/// Whether the mask hides what the rule hides.
bool fits(const MaskRule &rule, const SampledMask &mask);

/// The one kind that all samples' hidden rows are; None where there are no such rows, Other where
/// kinds differ.
HiddenRows commonHiddenRows(llvm::ArrayRef<SampledMask> samples);

} // namespace retort

#endif
