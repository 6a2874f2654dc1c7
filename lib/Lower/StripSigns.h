// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers at the boundary of lowered functions, without their sign.
#ifndef RETORT_LIB_LOWER_STRIPSIGNS_H
#define RETORT_LIB_LOWER_STRIPSIGNS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// Makes arguments and results of signed and unsigned integers signless, and drops the casts that
/// led to these inside: lowered operations know how to read them.
void stripSigns(mlir::func::FuncOp func);

} // namespace retort

#endif
