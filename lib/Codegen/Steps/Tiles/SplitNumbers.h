// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers of f32 as the sum of two of bf16, by integer arithmetic: the same on every processor, and
// two rows of the weight become pairs without a shuffle.
//   high = x to the nearest bf16, ties away from zero;  low = (x - high) alike
#ifndef RETORT_LIB_CODEGEN_STEPS_TILES_SPLITNUMBERS_H
#define RETORT_LIB_CODEGEN_STEPS_TILES_SPLITNUMBERS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {

/// The upper half of each word is the number of bf16; what is below it may be anything.
struct SplitNumber {
  mlir::Value high;
  /// Absent where one plane is asked for.
  mlir::Value low;
};

/// Splits a vector of f32. Where numbers are numbers of bf16 already (`isExact`), nothing is
/// rounded.
SplitNumber splitNumber(mlir::ImplicitLocOpBuilder &b, mlir::Value numbers, int64_t planes,
                        bool isExact);

/// Words of pairs: `first` in the lower half of each, `second` in the upper.
mlir::Value pairUp(mlir::ImplicitLocOpBuilder &b, mlir::Value first, mlir::Value second);

/// The upper halves as i16.
mlir::Value upperHalves(mlir::ImplicitLocOpBuilder &b, mlir::Value words);

/// From this magnitude on, as bits, a number cannot be split: it is rounded to infinity, or is
/// infinite, or no number.
constexpr int32_t leastUnsplittable = 0x7f7f8000;

} // namespace retort

#endif
