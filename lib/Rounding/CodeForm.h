// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the codes of a weight are stored, and a weight as such codes.
#ifndef RETORT_LIB_ROUNDING_CODEFORM_H
#define RETORT_LIB_ROUNDING_CODEFORM_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

struct CodeForm {
  /// Where codes are levels, which count from 0, only the bits matter.
  UniformCode code{4, true};
  /// Inputs that share a scale; 0, or more than there are: all of them.
  int64_t groupSize = 32;
  /// `compress.decode_levels`, with scales of 6 bits; else integers times floats.
  bool isLevels = false;
  /// Scales of integers are stored in f16 where the weight is f32.
  bool halfScales = false;

  /// Why a weight cannot have this form; empty where it can.
  llvm::StringRef whyNot(const LinearWeight &weight) const;
  /// The inputs that share a scale, of so many.
  int64_t groupOf(int64_t inputs) const {
    return groupSize <= 0 || groupSize > inputs ? inputs : groupSize;
  }
  /// What codes, scales and zero points of a weight take in the graph, and the mask where n of each
  /// m inputs are kept.
  uint64_t bytes(const LinearWeight &weight) const;
  /// The same of so many outputs and inputs; scales of integers are of the weight's type, or f16.
  uint64_t bytes(int64_t outputs, int64_t inputs, mlir::FloatType element) const;

  /// What such a weight is made of, without numbers and codes.
  GroupedMatrix shapeOf(const LinearWeight &weight) const;
  /// The weight, not rounded yet. Where codes are integers, zeros of it stay zero.
  GroupedMatrix matrixOf(const LinearWeight &weight) const;
  /// Puts codes and scales in the place of the weight.
  void replace(LinearWeight &weight, const GroupedMatrix &matrix) const;

private:
  UniformCode stored() const { return isLevels ? UniformCode{code.bits, false} : code; }
};

/// An error at the module where the options `form` and `symmetric` of a method name no form.
llvm::LogicalResult verifyForm(mlir::ModuleOp module, llvm::StringRef form, bool symmetric);

} // namespace retort

#endif
