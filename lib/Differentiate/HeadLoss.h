// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of a text, and the gradient of what its logits are made of. Logits are the largest
// values of a model: they are made for some rows after the other, and so are the loss of these and
// its gradient, whose seed is 1. Source: Hsu et al., Liger Kernel (2410.10989), section 3.2.
#ifndef RETORT_LIB_DIFFERENTIATE_HEADLOSS_H
#define RETORT_LIB_DIFFERENTIATE_HEADLOSS_H

#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/HiddenLoss.h"

namespace retort {

/// What the loss of a text reads, each for all of its T rows.
struct LossInputs {
  mlir::Value logits, teacher, labels, weights; ///< TxV, TxV or null, Tx1, T
  llvm::SmallVector<HeldState> hidden = {};
};

struct HeadLoss {
  mlir::Value loss;
  /// From where the gradient is to be derived further, the loss itself or what its head reads; and
  /// the gradient of that, null: 1.
  mlir::Value seen, gradient;
  /// What parameters get beside that, for each; null where they get nothing. Empty: no parameter
  /// does.
  llvm::SmallVector<mlir::Value> further;
};

/// Adds them in front of the end of the function, whose last arguments are the parameters of which
/// `spec` wants gradients. Refuses what has no gradient behind the last product.
llvm::FailureOr<HeadLoss> headLoss(mlir::func::FuncOp function, const GradientSpec &spec,
                                   const LossInputs &inputs, Refusal &refusal);

} // namespace retort

#endif
