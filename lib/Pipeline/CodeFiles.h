// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a compiled model, replaced so that whoever loads them at any moment finds code and
// weights that belong together.
#ifndef RETORT_LIB_PIPELINE_CODEFILES_H
#define RETORT_LIB_PIPELINE_CODEFILES_H

#include "lib/Emit/Emit.h"

namespace retort {

/// `m.so`, `m.weights`, `m.h`.
struct CodeNames {
  explicit CodeNames(llvm::StringRef code);
  std::string code, weights, header;
};

enum class CodeKind { SharedLibrary, Object };

/// 1. All files are written beside their places, the weights as `m.weights.ID`.
/// 2. The code takes its place: from here on the new model counts, whose weights the loader finds by
///    their id.
/// 3. The weights take theirs, then the header.
/// 4. What runs left that were killed between these steps is removed.
llvm::Error writeCode(CodeKind kind, mlir::ModuleOp module, llvm::StringRef manifest,
                      llvm::StringRef output, const EmitOptions &options);

} // namespace retort

#endif
