// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the LLVM dialect to object code, on several threads.
#ifndef RETORT_LIB_EMIT_OBJECTS_H
#define RETORT_LIB_EMIT_OBJECTS_H

#include "lib/Emit/Emit.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

namespace retort {

using Objects = std::vector<std::unique_ptr<llvm::MemoryBuffer>>;

/// Object files that are the module together; `extend` may add to it what the dialect does not
/// have.
llvm::Expected<Objects> compileToObjects(
    mlir::ModuleOp module, const EmitOptions &options,
    llvm::function_ref<void(llvm::Module &)> extend = [](llvm::Module &) {});

/// Writes optimized code as one object file. An error where the target has none.
llvm::Error writeObject(llvm::Module &code, llvm::TargetMachine &target,
                        llvm::raw_pwrite_stream &stream);

} // namespace retort

#endif
