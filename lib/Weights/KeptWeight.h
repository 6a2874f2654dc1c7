// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight of which n of each m inputs of an output are kept.
#ifndef RETORT_LIB_WEIGHTS_KEPTWEIGHT_H
#define RETORT_LIB_WEIGHTS_KEPTWEIGHT_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// `compress.decode_sparse` of numbers, along the axis that products sum along.
class KeptWeight {
public:
  /// nullopt for other weights.
  static std::optional<KeptWeight> of(const LinearWeight &weight);

  int64_t n() const { return kept; }
  int64_t m() const { return block; }
  /// Whether element `i` of the whole weight is kept.
  bool keeps(int64_t i) const { return (mask.bytes()[i / 8] >> (i % 8)) & 1; }
  uint64_t maskBytes() const { return mask.byteCount(); }
  /// Of what is kept.
  mlir::RankedTensorType type() const { return valuesType; }
  /// Of so many inputs that share a scale, how many are kept; 0 where the blocks of n of m do not
  /// fill them.
  int64_t groupOf(int64_t inputs) const { return inputs % block ? 0 : inputs / block * kept; }

private:
  KeptWeight(onnx::ConstantView mask, mlir::RankedTensorType values, int64_t n, int64_t m)
      : mask(std::move(mask)), valuesType(values), kept(n), block(m) {}

  onnx::ConstantView mask;
  mlir::RankedTensorType valuesType;
  int64_t kept, block;
};

/// Why a method that turns numbers into other numbers, or into codes, does not take a weight; empty
/// where it does: where the weight is numbers, or codes that the file came with.
llvm::StringRef whyNotNumbers(const LinearWeight &weight);

/// Why no element of a weight can be made zero in the form that it has; empty where that can be, or
/// where the weight is not the file's codes.
llvm::StringRef whyNotZeroed(const LinearWeight &weight);

} // namespace retort

#endif
