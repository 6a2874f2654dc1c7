// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a training is, for those who watch it.
#include "lib/Train/TrainingProgress.h"

#include "llvm/Support/FormatVariadic.h"

using namespace retort;

std::string TrainingProgress::line() const {
  return llvm::formatv("step {0} of {1}: loss {2:F4}, held out {3:F4}, {4:N0} tokens a second, "
                       "{5:F0} s left",
                       step, steps, loss, heldOut, int64_t(tokensPerSecond), secondsLeft);
}
