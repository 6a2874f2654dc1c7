// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model that a student is compared with.
#ifndef RETORT_LIB_TRAIN_TEACHER_H
#define RETORT_LIB_TRAIN_TEACHER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace retort {

/// A module of its own, raised and recognized, in the context of `module`:
///
///     before   the file that the pipeline read the model from; where nobody knows it, the module
///              as it is, which is then what it is compared with
///     base     the module as it is
///     FILE     another model
///
/// Its weights stay in the mapped file. Fails with an error at the module.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> teacherOf(mlir::ModuleOp module,
                                                             llvm::StringRef teacher);

} // namespace retort

#endif
