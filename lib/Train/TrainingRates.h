// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The largest rate of a schedule where the user names none. AdamW's step is absolute, and what a
// weight can take falls with the width of the model.
#ifndef RETORT_LIB_TRAIN_TRAININGRATES_H
#define RETORT_LIB_TRAIN_TRAININGRATES_H

#include "lib/Train/TrainStudent.h"

#include <cmath>

namespace retort {

/// Of all weights: 1e-3 (128 / width)^1.2.
inline double rateOfWeights(mlir::ModuleOp module) {
  return 1e-3 * std::pow(128.0 / double(widthOfModel(module)), 1.2);
}

/// Of weights that codes fitted to a sample begin with, which a larger step would leave behind:
/// 1e-3 (128 / width)^.8 / bits. Measured from 2.6 to 4.25 bits.
inline double rateOfFittedCodes(mlir::ModuleOp module, double bits) {
  return 1e-3 * std::pow(128.0 / double(widthOfModel(module)), .8) / bits;
}

/// Of factors beside weights: 3e-3 (128 / width).
inline double rateOfFactors(mlir::ModuleOp module) {
  return 3e-3 * 128 / double(widthOfModel(module));
}

/// Of logarithms of scales, whose step is a relative one.
inline constexpr double rateOfLogarithms = 3e-3;

} // namespace retort

#endif
