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
  /// Scales are stored in f16, where the numbers are f32.
  bool halfScales = false;

  /// `size` neighbours along `axis` as a group; 0: all of them.
  static CodeLayout along(mlir::RankedTensorType type, UniformCode code, int64_t axis,
                          int64_t size);
  mlir::RankedTensorType codeType() const;
  /// The one axis of a list of scales, where each output has one; -1 where they are a table.
  int64_t listAxis() const;
  /// Of the scales, as numbers of the weight's type: a scalar, a list of outputs, or a table with
  /// one row for each group of inputs.
  mlir::RankedTensorType tableType() const;
  /// What a scale is stored as.
  mlir::FloatType scaleType() const { return storedScale(type, halfScales); }
  static mlir::FloatType storedScale(mlir::RankedTensorType type, bool halfScales);
};

/// `value` as a number of the type; the largest where it is beyond all of them.
float roundTo(mlir::FloatType type, float value);

/// onnx.DequantizeLinear, or compress.dequantize, of `codes` before the weight; scales, and zero
/// points where the code is not symmetric, are new constants. Scales of f16 are cast to f32, and
/// the product is one of f32 numbers: what it is with scales of f32 that are as round.
mlir::Value addDequantize(LinearWeight &weight, const CodeLayout &layout, mlir::Value codes,
                          llvm::ArrayRef<UniformScale> scales);

} // namespace retort

#endif
