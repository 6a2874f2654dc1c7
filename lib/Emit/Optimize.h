// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM's side of emission: the target, and the module optimized for it.
#ifndef RETORT_LIB_EMIT_OPTIMIZE_H
#define RETORT_LIB_EMIT_OPTIMIZE_H

#include "lib/Emit/Emit.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

namespace retort {

/// For the target of the module, or the processor of `options` where it has none.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(mlir::ModuleOp module, const EmitOptions &options);

/// Hands the module to `use` as LLVM IR, as it comes from the dialect, with the machine that it is
/// for.
llvm::Error withLlvm(mlir::ModuleOp module, const EmitOptions &options,
                     llvm::function_ref<llvm::Error(llvm::Module &, llvm::TargetMachine &)> use);

/// With all analyses that LLVM has.
void runPasses(llvm::Module &code, llvm::PassBuilder &builder, llvm::ModulePassManager passes);

/// `level` as EmitOptions::optimize; the vectorizer needs the target.
void optimize(llvm::Module &code, llvm::TargetMachine &target, unsigned level);

/// Defines the function that code for bf16 may call, where the module has bf16. After optimization,
/// which would drop what nothing calls yet.
void defineRoundToBfloat16(llvm::Module &module);

} // namespace retort

#endif
