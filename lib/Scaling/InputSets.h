// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights by the activation that they are multiplied with.
#ifndef RETORT_LIB_SCALING_INPUTSETS_H
#define RETORT_LIB_SCALING_INPUTSETS_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// Weights that read one activation.
struct InputSet {
  mlir::Value activation; ///< behind its reshapes; null where `why` says that there is none
  int64_t inputs = 0;
  std::vector<LinearWeight *> weights;
  /// Why its channels cannot be divided without something else noticing; empty where they can.
  std::string why;

  /// The axis of inputs stays the last one up to the products.
  static mlir::Value behindReshapes(mlir::Value activation);
};

/// Each weight is in one set, in the order of the weights. What reads the activation of a set
/// beside its weights is found too: weights that are not among these, for instance.
std::vector<InputSet> inputSetsOf(llvm::MutableArrayRef<LinearWeight> weights);

} // namespace retort

#endif
