// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes that a graph unpacks from wider integers, found by what is computed and not by how.
#ifndef RETORT_LIB_SIMPLIFY_UNPACKEDCODES_H
#define RETORT_LIB_SIMPLIFY_UNPACKEDCODES_H

#include "dialects/Onnx/Evaluate/Tensor.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace retort {

/// A matrix of constants as (codes - zeros) * scales.
struct UnpackedCodes {
  mlir::Value weight;
  mlir::FloatType element;
  int64_t rows = 0, columns = 0;
  std::vector<int16_t> codes, zeros; ///< of each element
  std::vector<float> scales;

  /// The product of codes and scales, and what only rearranges or converts behind it; nullopt where
  /// it is none, or where the numbers are no such codes.
  static std::optional<UnpackedCodes> of(mlir::Operation *product);
};

/// How rows, or columns, of it share scales: the first `size` in `order` a scale and a zero point
/// for each place of the other axis, and so on.
struct CodeSharing {
  int64_t axis = 0, size = 0;
  /// Empty where groups lie side by side as they are.
  std::vector<int64_t> order;

  static std::optional<CodeSharing> of(const UnpackedCodes &codes, int64_t axis);
};

} // namespace retort

#endif
