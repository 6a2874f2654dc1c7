// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `retort compile` writes.
#ifndef RETORT_LIB_PIPELINE_EMISSION_H
#define RETORT_LIB_PIPELINE_EMISSION_H

#include "lib/Pipeline/Compiler.h"

namespace retort {

enum class EmitKind { SharedLibrary, Object, Onnx, Mlir, Linalg, Llvm };

/// What compression has come to.
struct WrittenSizes {
  uint64_t filesBefore = 0, filesAfter = 0;     ///< all files of a model, with its weights
  uint64_t weightsBefore = 0, weightsAfter = 0; ///< bytes of constants
  /// Of all constants after, for each number that there was before.
  double bitsPerWeight = 0;
};

/// Compiles the model and writes it to `output`, beside it the weights and the header where it is
/// code; all of them or none. Where --stop-after ends the compilation early, the module is written
/// as it is. `sizes` are set where methods were asked for. Where a method was asked for a size of
/// the file, files are written aside until they have it. With `options.dryRun` nothing is written,
/// and the plan is printed.
llvm::Error compileTo(EmitKind kind, llvm::StringRef model, llvm::StringRef output,
                      const CompileOptions &options, WrittenSizes *sizes = nullptr);

} // namespace retort

#endif
