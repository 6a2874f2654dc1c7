// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel is called: profilers show it.
#ifndef RETORT_LIB_CODEGEN_KERNELNAMES_H
#define RETORT_LIB_CODEGEN_KERNELNAMES_H

#include "mlir/IR/Operation.h"

#include <string>

namespace retort {

/// By what the operation does: `linear_f32_768x2048`, a product with a constant weight; `product`
/// of activations; `reduce`; `copy`; `map`, of elements.
std::string kernelName(mlir::Operation *op);

} // namespace retort

#endif
