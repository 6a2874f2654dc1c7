// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two thin factors beside the products of a weight.
#ifndef RETORT_LIB_COMPRESS_TUNELORA_BESIDEPRODUCTS_H
#define RETORT_LIB_COMPRESS_TUNELORA_BESIDEPRODUCTS_H

#include "mlir/IR/Value.h"

#include <optional>
#include <string>

namespace retort {

/// What a matrix W is to the products x W, or x W', that read it.
struct ProductShape {
  int64_t inputs = 0, outputs = 0;
  bool isSwapped = false; ///< W is outputs x inputs
};

/// nullopt, with the reason, where something else reads it than MatMul, Gemm and FusedMatMul as
/// their second factor, perhaps transposed, or where these see it in both ways.
std::optional<ProductShape> productsOf(mlir::Value weight, std::string &why);

/// Every product y of them becomes y + scale (x A) B; `a` is inputs x rank, `b` rank x outputs. A
/// and B are computed with in their own type. What the product was called, the sum is.
void addBeside(mlir::Value weight, mlir::Value a, mlir::Value b, double scale);

} // namespace retort

#endif
