// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes linalg for other compilers.
#ifndef RETORT_LIB_PIPELINE_WRITELINALG_H
#define RETORT_LIB_PIPELINE_WRITELINALG_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace retort {

/// Writes a module of upstream dialects to `path`: bytecode where that ends in .mlirbc, in the
/// version that newer compilers read as well, else text.
///
/// Weights that are arguments (`referToWeights`) are told in `NAME.weights.json` beside it: for
/// each argument its function, number, name, type and shape, and the file, offset and size of its
/// bytes. Those that lie in no file of the model are written to `NAME.weights`, each at a multiple
/// of 64 bytes. All files appear together.
llvm::Error writeLinalg(mlir::ModuleOp module, llvm::StringRef path, bool referToWeights);

} // namespace retort

#endif
