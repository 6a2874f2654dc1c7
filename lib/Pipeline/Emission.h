// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `retort compile` writes.
#ifndef RETORT_LIB_PIPELINE_EMISSION_H
#define RETORT_LIB_PIPELINE_EMISSION_H

#include "lib/Pipeline/Compiler.h"

namespace retort {

enum class EmitKind { SharedLibrary, Object, Onnx, Mlir, Linalg, Llvm };

/// Compiles the model and writes it to `output`, beside it the weights and the header where it is
/// code; all of them or none. Where --stop-after ends the compilation early, the module is written
/// as it is.
llvm::Error compileTo(EmitKind kind, llvm::StringRef model, llvm::StringRef output,
                      const CompileOptions &options);

} // namespace retort

#endif
