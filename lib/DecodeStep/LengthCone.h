// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cold values that follow from the length of the text: computed in each step, not tabulated.
#ifndef RETORT_LIB_DECODESTEP_LENGTHCONE_H
#define RETORT_LIB_DECODESTEP_LENGTHCONE_H

#include "lib/DecodeStep/ColdValues.h"
#include "lib/DecodeStep/StepInputs.h"

namespace retort {

/// Copies what a value is computed by, down to positions, the length of the text, and constants:
///   cos(positions * f(length))   ->   the same of past ... past + T - 1 (or, of columns, of
///                                     0 ... past + T - 1), and of past + T
/// Positions and length are found by value, at sampled places; what lies between has to be
/// element-wise.
class LengthCone {
public:
  LengthCone(ColdValues &cold, bool ofColumns) : cold(cold), ofColumns(ofColumns) {}

  /// Whether the value can be computed in a step; `user` is named where it cannot.
  llvm::LogicalResult plan(mlir::Value value, mlir::Operation *user, Refusal &refusal);
  /// What was planned, in front of `before`, where it was not made for one before.
  mlir::Value make(mlir::Value value, mlir::Operation *before, StepInputs &inputs);

private:
  struct Part {
    enum Kind { Constant, Length, Counted, Computed, Reshaped } kind;
    onnx::Tensor like = {};
    int64_t axis = 0;
    llvm::SmallVector<int64_t> shape = {};
  };
  std::optional<Part> leaf(mlir::Value value);

  ColdValues &cold;
  bool ofColumns;
  llvm::DenseMap<mlir::Value, Part> parts;
  llvm::DenseMap<mlir::Value, mlir::Value> made;
};

} // namespace retort

#endif
