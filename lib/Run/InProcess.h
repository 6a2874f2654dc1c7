// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module as a model that runs in this process.
#ifndef RETORT_LIB_RUN_INPROCESS_H
#define RETORT_LIB_RUN_INPROCESS_H

#include "lib/Emit/Emit.h"
#include "lib/Runtime/Model.h"

#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// Code of a module in the LLVM dialect, which `manifest` describes. Its weights are read where
/// they lie; `owner` keeps alive what they lie in.
llvm::Expected<std::unique_ptr<runtime::Model>>
runInProcess(mlir::ModuleOp generated, llvm::StringRef manifest, EmitOptions options,
             std::shared_ptr<void> owner, runtime::MemoryFunctions memory = {});

/// Lowers a module of typed operations, generates code and compiles it. Its context outlives the
/// model.
llvm::Expected<std::unique_ptr<runtime::Model>>
compileInProcess(mlir::OwningOpRef<mlir::ModuleOp> module, llvm::StringRef targetCpu = "native",
                 runtime::MemoryFunctions memory = {});

} // namespace retort

#endif
