// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The masks of an attention, evaluated at sample sizes.
#ifndef RETORT_LIB_RECOGNIZE_MASKSAMPLING_H
#define RETORT_LIB_RECOGNIZE_MASKSAMPLING_H

#include "lib/Recognize/MaskTemplates.h"
#include "lib/Recognize/ScorePath.h"
#include "lib/Support/Refusal.h"

#include <array>
#include <functional>

namespace retort {

/// batch, heads, rows, columns of the scores at a sample.
using ScoreSizes = std::array<int64_t, 4>;
using ScoreSizesAt = std::function<std::optional<ScoreSizes>(Sample)>;

/// Scores at or below this are hidden from a row that sees others: exp of the difference is 0.
constexpr double hidesBelow = -9000;

/// What masks do at one sample.
struct MaskEffect {
  SampledMask mask;
  /// Whether something other than 0 is added to scores that are seen, and whether heads differ in
  /// what they see.
  bool biases = false, headsDiffer = false;
};

/// A size that is too large to sample at, and a small one that takes its place: what a mask does
/// around the one, it does around the other.
struct StandIn {
  mlir::Value constant;
  int64_t real, small;
};

/// Stand-ins for the integers above `largest` that occur in what the values are computed from;
/// those from 2^20 on are bounds that no size reaches.
llvm::SmallVector<StandIn> standInsFor(llvm::ArrayRef<MaskTerm> terms, int64_t largest);

/// What the terms (nearest to the softmax first) do to scores of 0. Fails with a reason where a
/// value cannot be evaluated.
llvm::FailureOr<MaskEffect> sampleMasks(llvm::ArrayRef<MaskTerm> terms, ScoreSizes sizes,
                                        llvm::ArrayRef<StandIn> standIns, Samples &samples,
                                        Sample sample, Refusal &why);

/// The integers from 2 to `largest` that occur in what the values are computed from: sizes at which
/// a mask may change.
llvm::SmallVector<int64_t> integersIn(llvm::ArrayRef<MaskTerm> terms, int64_t largest);

} // namespace retort

#endif
