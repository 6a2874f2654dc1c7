// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrices of a model that compiled code reads as they are, found by what they hold.
#ifndef RETORT_LIB_PIPELINE_OBSERVEDWEIGHTS_H
#define RETORT_LIB_PIPELINE_OBSERVEDWEIGHTS_H

#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/StringMap.h"

namespace retort {

/// A plain matrix of the graph, and where code reads it.
struct ObservedWeight {
  std::vector<int64_t> places; ///< in the manifest's list of weights, each with the same numbers
  onnx::ConstantView value;
  int64_t inputAxis = 0;

  int64_t inputs() const { return value.type().getDimSize(inputAxis); }
  int64_t outputs() const { return value.type().getDimSize(1 - inputAxis); }
  /// A row for each output.
  std::vector<float> rows() const;
  /// Such rows as code reads them, in the element type of the matrix.
  std::vector<char> packed(llvm::ArrayRef<float> rows) const;
};

/// Those that expose-activations names in a module for which code was generated, by name. One that
/// no code reads as it is has no places, and is not among them.
llvm::StringMap<ObservedWeight> observedWeights(mlir::ModuleOp module);

} // namespace retort

#endif
