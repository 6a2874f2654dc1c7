// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The processor that code is generated for, as LLVM's tables describe it.
#ifndef RETORT_LIB_TARGET_DESCRIBETARGET_H
#define RETORT_LIB_TARGET_DESCRIBETARGET_H

#include "dialects/Retort/Retort.h"

#include "llvm/Support/Error.h"

namespace retort {

/// `native`, or a name that LLVM knows; any other is an error.
llvm::Expected<TargetAttr> describeTarget(mlir::MLIRContext *context, llvm::StringRef cpu);

/// The target that the module says; where it says none, that of `cpu`.
llvm::Expected<TargetAttr> targetFor(mlir::ModuleOp module, llvm::StringRef cpu);

/// The same for passes: fails after a diagnostic.
llvm::FailureOr<TargetAttr> requireTarget(mlir::ModuleOp module, llvm::StringRef cpu);

} // namespace retort

#endif
