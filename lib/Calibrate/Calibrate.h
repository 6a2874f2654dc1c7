// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a sample through a model and says what the inputs of its weights are like.
#ifndef RETORT_LIB_CALIBRATE_CALIBRATE_H
#define RETORT_LIB_CALIBRATE_CALIBRATE_H

#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/Sample.h"
#include "lib/Pipeline/OpenModel.h"

#include "llvm/Support/raw_ostream.h"

namespace retort {

struct CalibrationOptions {
  /// On at most so many of the windows that are not held back it is measured what the model loses
  /// where one matrix is rounded; 0: on none, nullopt: on as many as usualSensitivityWindows says.
  /// None where the sample is no text, or Grams are not kept.
  std::optional<int64_t> sensitivityWindows = std::nullopt;
  KeptSums kept = KeptSums::TwoSided;
  /// Grams are kept alone where no gradient can be derived, or the sample is no text; else that is
  /// an error. `note` (may be empty) is told why of a text.
  bool mayKeepLess = true;
  std::function<void(const std::string &)> note = {};
  /// What is done when a user ends the process goes to this file, which is an error then; the same
  /// call goes on from it, to the same statistics. Empty: it just ends.
  std::string part = {};
  /// For sums that are too large for the memory; empty: the usual one, see ScratchMemory.
  std::string scratchFolder = {};
};

/// Reads each call of the sample from an empty state, and writes the statistics to `stream`. The
/// last eighth is held back. `progress` may be null.
llvm::Error calibrate(const ObservedModel &observed, const CalibrationSample &sample,
                      const CalibrationOptions &options, llvm::raw_ostream &stream,
                      Progress *progress = nullptr);

} // namespace retort

#endif
