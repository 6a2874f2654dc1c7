// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compression came to: lines for a person, JSON for a sweep.
#ifndef RETORT_TOOLS_RETORT_COMPILESUMMARY_H
#define RETORT_TOOLS_RETORT_COMPILESUMMARY_H

#include "lib/Calibrate/ScoreResult.h"
#include "lib/Pipeline/Emission.h"

namespace retort {

struct CompileSummary {
  WrittenSizes sizes;
  std::optional<Scored> scored; ///< none where the output is no model that runs
  /// Weights whose outputs are farthest off, and by what share.
  std::vector<std::pair<std::string, double>> worst;
  double seconds = 0;

  /// Without the sizes, which `compileTo` prints.
  void print(llvm::raw_ostream &stream) const;
  /// Writes `{"retort": 1, ...}`; docs/commands.md lists the keys.
  llvm::Error write(llvm::StringRef path) const;
};

} // namespace retort

#endif
