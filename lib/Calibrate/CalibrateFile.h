// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model and a sample to a file of statistics.
#ifndef RETORT_LIB_CALIBRATE_CALIBRATEFILE_H
#define RETORT_LIB_CALIBRATE_CALIBRATEFILE_H

#include "lib/Calibrate/Calibrate.h"
#include "lib/Pipeline/CompileOptions.h"
#include "lib/Text/Tokenizer.h"

#include "llvm/Support/Error.h"

namespace retort {

/// What a user's sample is.
enum class SampleKind {
  Text,    ///< cut as `retort eval` cuts it
  Tokens,  ///< ids, see readTokenWindows
  Tensors, ///< see foldersOfSample
};

struct SampleFile {
  SampleKind kind = SampleKind::Text;
  std::string path, content;                  ///< the content is that of a text
  const text::Tokenizer *tokenizer = nullptr; ///< of a text
  int64_t windows = 128;                      ///< or folders; 0: all
  int64_t context = 0; ///< tokens of a window; 0: the trained length, at most 512
};

/// Compiles `model` in memory, reads the sample and writes statistics to `output`. Returns the
/// windows that were held back. `options.progress` is told.
llvm::Expected<std::vector<text::TokenIds>>
calibrateFile(llvm::StringRef model, const CompileOptions &options, const SampleFile &file,
              const CalibrationOptions &calibration, llvm::StringRef output);

} // namespace retort

#endif
