// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The products that a weight takes part in, and how two factors take its place there.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_PRODUCTUSES_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_PRODUCTUSES_H

#include "mlir/IR/Value.h"

#include <string>

namespace retort {

/// Why the uses of a matrix W = A B cannot be written with its factors; empty where they can: as a
/// factor of MatMul, Gemm or FusedMatMul, also transposed, and as an embedding.
std::string whyNotFactored(mlir::Value weight);

/// Whether all uses transpose the weight: the factors are then better stored transposed.
bool isOnlyTransposed(mlir::Value weight);

/// Writes every use with the factors A (`left`) and B (`right`): `x W` becomes `(x A) B`. Where
/// `stored` is transposed they are given as A' and B'.
void useFactors(mlir::Value weight, mlir::Value left, mlir::Value right, bool transposed);

} // namespace retort

#endif
