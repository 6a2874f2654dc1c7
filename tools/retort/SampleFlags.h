// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The flags of commands that measure a sample: how much of it is read.
#ifndef RETORT_TOOLS_RETORT_SAMPLEFLAGS_H
#define RETORT_TOOLS_RETORT_SAMPLEFLAGS_H

#include "tools/retort/NumberFlag.h"

#include <optional>
#include <string>
#include <vector>

namespace retort {

/// Declares the flags on one command; a static object beside it.
struct SampleFlags {
  explicit SampleFlags(Command &command)
      : context(command, "context", "tokens of a window; 0: the trained length, at most 512", "N",
                0, {0, mostTokens}),
        windows(command, "windows", "windows to read; 0: all of the sample", "N", 128, {0}),
        sensitivity(command, "sensitivity",
                    "windows on which each matrix alone is rounded; 0: none", "N", 0, {0}) {}

  /// nullopt where nobody says how many.
  std::optional<int64_t> sensitivityWindows() const {
    return sensitivity.isGiven() ? std::optional<int64_t>(sensitivity) : std::nullopt;
  }
  /// Those that say what is measured, for another command.
  std::vector<std::string> words() const {
    std::vector<std::string> words{"--windows=" + std::to_string(int64_t(windows)),
                                   "--context=" + std::to_string(int64_t(context))};
    if (sensitivity.isGiven())
      words.push_back("--sensitivity=" + std::to_string(int64_t(sensitivity)));
    return words;
  }

  NumberFlag<int64_t> context, windows, sensitivity;
};

} // namespace retort

#endif
