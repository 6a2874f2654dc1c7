// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph of f16 or bf16 in f32.
#ifndef RETORT_LIB_DIFFERENTIATE_WIDEFLOATS_H
#define RETORT_LIB_DIFFERENTIATE_WIDEFLOATS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// Computes in f32 what a function computes in f16 or bf16: gradients are numbers that f16 does not
/// hold, and what is trained in small steps must not be rounded after each. Constants stay as they
/// are, so do codes with scales; they are converted behind. Types of arguments change.
void computeInF32(mlir::func::FuncOp function);

} // namespace retort

#endif
