// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a sample of text through a model and says what the inputs of its weights are like.
#ifndef RETORT_LIB_CALIBRATE_CALIBRATE_H
#define RETORT_LIB_CALIBRATE_CALIBRATE_H

#include "lib/Pipeline/OpenModel.h"
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/raw_ostream.h"

namespace retort {

/// Reads each window from an empty state, in one call, and writes the statistics to `stream`. The
/// last eighth of the windows is held back. On at most `sensitivityWindows` of the others it
/// measures what the model loses where one matrix is rounded; 0: on none, nullopt: on as many as
/// usualSensitivityWindows says. Where `part` is not empty, what is done when a user ends the
/// process goes to that file, which is an error then; the same call goes on from it, to the same
/// statistics. `progress` may be null.
llvm::Error calibrate(const ObservedModel &observed, const std::vector<text::TokenIds> &windows,
                      std::optional<int64_t> sensitivityWindows, llvm::StringRef part,
                      llvm::raw_ostream &stream, Progress *progress = nullptr);

} // namespace retort

#endif
