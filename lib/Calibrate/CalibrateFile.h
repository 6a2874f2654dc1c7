// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model and a text to a file of statistics.
#ifndef RETORT_LIB_CALIBRATE_CALIBRATEFILE_H
#define RETORT_LIB_CALIBRATE_CALIBRATEFILE_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/Error.h"

namespace retort {

/// A text, cut as `retort eval` cuts it; or ids.
struct CalibrationText {
  std::string path, content;                  ///< the path is for messages, or of the ids
  const text::Tokenizer *tokenizer = nullptr; ///< null: ids, see readTokenWindows
  int64_t windows = 128;                      ///< 0: all of the text
  int64_t context = 0; ///< tokens of a window; 0: the trained length, at most 512
  /// That sensitivities are measured on; 0: none; nullopt: as the sample is long.
  std::optional<int64_t> sensitivityWindows = std::nullopt;
  std::string part = {}; ///< file for what an interrupted run has done; empty: it just ends
};

/// Compiles `model` in memory, reads the sample and writes statistics to `output`. Returns the
/// windows that were held back. `options.progress` is told.
llvm::Expected<std::vector<text::TokenIds>> calibrateFile(llvm::StringRef model,
                                                          const CompileOptions &options,
                                                          const CalibrationText &sample,
                                                          llvm::StringRef output);

} // namespace retort

#endif
