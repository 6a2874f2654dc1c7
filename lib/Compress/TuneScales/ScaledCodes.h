// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes times scales of floats, whose scales can be trained while codes stay.
#ifndef RETORT_LIB_COMPRESS_TUNESCALES_SCALEDCODES_H
#define RETORT_LIB_COMPRESS_TUNESCALES_SCALEDCODES_H

#include "lib/Train/TrainStudent.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

/// onnx.DequantizeLinear or compress.dequantize of constants.
struct ScaledCodes {
  mlir::Operation *dequantize = nullptr;
  mlir::Operation *scales = nullptr; ///< the constant, which may be cast
  int64_t axis = 0;                  ///< along which places, or blocks of them, have a scale
  int64_t block = 0;                 ///< 0: a scale for each place, or one for all

  /// Those of a weight: its root, or the values that a mask spreads. `why` says why it has none.
  static std::optional<ScaledCodes> of(const LinearWeight &weight, std::string &why);
  /// The shape of the table.
  llvm::ArrayRef<int64_t> shape() const;
  std::vector<float> numbers() const;
};

/// In the copy the weight is `(codes - zero - shift) scale exp(log)`: both are tables like that of
/// the scales. `shift` may be null.
void scaleInStudent(const ScaledCodes &codes, mlir::Operation *copy, mlir::Value log,
                    mlir::Value shift);

/// Gives the codes other zero points: what they are, and `shift`, in floats of the scales' type.
/// The operation that dequantizes then.
mlir::Operation *shiftZeros(const ScaledCodes &codes, llvm::ArrayRef<float> shift);

/// s exp(u) of each, in f64.
std::vector<float> scaledBy(llvm::ArrayRef<float> scales, llvm::ArrayRef<float> logs);

} // namespace retort

#endif
