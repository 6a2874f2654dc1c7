// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort generate -o FILE.tokens: windows of what a model writes itself, for training.
#ifndef RETORT_TOOLS_RETORT_WINDOWFLAGS_H
#define RETORT_TOOLS_RETORT_WINDOWFLAGS_H

#include "lib/Text/GenerateWindows.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

namespace retort {

/// Declares the flags on one command; a static object beside it.
struct WindowFlags {
  explicit WindowFlags(Command &command);

  /// Whether one of them is.
  bool areGiven() const;
  /// A usage error where they do not fit together.
  llvm::Error check() const;

  llvm::cl::opt<std::string> output;
  NumberFlag<int64_t> count;
  llvm::cl::opt<std::string> prompts;
  llvm::cl::list<std::string> templates;
  NumberFlag<int64_t> firstGreedy;
  ParseSpecialFlag parseSpecial;
};

/// Writes the file. `options` has what the other flags say of sampling, and the tokens of a window
/// (0: the trained length).
llvm::Error writeWindows(llvm::StringRef path, ModelFlags &flags, const TokenizerFlag &tokenizer,
                         const WindowFlags &windows, text::WindowOptions options);

} // namespace retort

#endif
