// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far what blocks of a student hand on is from what those of its teacher do.
#ifndef RETORT_LIB_DIFFERENTIATE_HIDDENLOSS_H
#define RETORT_LIB_DIFFERENTIATE_HIDDENLOSS_H

#include "lib/Differentiate/Reverse.h"

#include "dialects/Onnx/Build.h"

namespace retort {

/// A hidden state and what it is held against.
struct HeldState {
  mlir::Value own, teacher; ///< T rows of d numbers in some shape, and Txd'
  mlir::Value map;          ///< dxd'; null where widths are equal
};

/// The sum over rows of weight times |h M - t|^2 / |t|^2, a scalar. Each row is measured by its own
/// size: some tokens have states that are hundreds of times as large as all others', which alone
/// would be learned otherwise.
mlir::Value lossOfState(OnnxBuilder &build, const HeldState &state, mlir::Value weights);

struct HiddenLoss {
  mlir::Value loss;                               ///< factor times the mean over states
  llvm::SmallVector<GradientShare> shares;        ///< of the own states
  llvm::SmallVector<mlir::Value> gradientsOfMaps; ///< of those that there are, in order
};

/// In front of the end of the function; gradients where they are wanted.
llvm::FailureOr<HiddenLoss> hiddenLoss(OnnxBuilder &build, llvm::ArrayRef<HeldState> states,
                                       mlir::Value weights, double factor, bool wantsGradient,
                                       Refusal &refusal);

} // namespace retort

#endif
