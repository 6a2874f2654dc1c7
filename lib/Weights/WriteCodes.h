// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How codes and their scales are written in the graph.
#ifndef RETORT_LIB_WEIGHTS_WRITECODES_H
#define RETORT_LIB_WEIGHTS_WRITECODES_H

#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/RoundToNearest.h"

namespace retort {

/// Where the codes of a tensor stand, and what shares a scale.
struct CodeLayout {
  mlir::RankedTensorType type; ///< of the numbers that become codes
  UniformCode code;
  compress::Groups groups;
  int64_t axis = 0;       ///< groups lie along it
  bool perTensor = false; ///< one scale for all

  /// `size` neighbours along `axis` as a group; 0: all of them.
  static CodeLayout along(mlir::RankedTensorType type, UniformCode code, int64_t axis,
                          int64_t size);
  mlir::RankedTensorType codeType() const;
  /// The one axis of a list of scales, where each output has one; -1 where they are a table.
  int64_t listAxis() const;
  /// Of the scales: a scalar, a list of outputs, or a table with one row for each group of inputs.
  mlir::RankedTensorType tableType() const;
};

/// `value` as a number of the type.
float roundTo(mlir::FloatType type, float value);

/// onnx.DequantizeLinear, or compress.dequantize, of `codes` before the weight; scales, and zero
/// points where the code is not symmetric, are new constants.
mlir::Value addDequantize(LinearWeight &weight, const CodeLayout &layout, mlir::Value codes,
                          llvm::ArrayRef<UniformScale> scales);

} // namespace retort

#endif
