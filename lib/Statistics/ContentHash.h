// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tells a model from every other.
#ifndef RETORT_LIB_STATISTICS_CONTENTHASH_H
#define RETORT_LIB_STATISTICS_CONTENTHASH_H

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// 32 hexadecimal digits that follow from the operations of a module, their order, the names and
/// the bytes of its constants; the file's producer and the processor have no part in it.
std::string contentHash(mlir::ModuleOp module);

} // namespace retort

#endif
