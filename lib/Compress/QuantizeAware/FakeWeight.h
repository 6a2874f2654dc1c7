// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight that is rounded while it is trained.
#ifndef RETORT_LIB_COMPRESS_QUANTIZEAWARE_FAKEWEIGHT_H
#define RETORT_LIB_COMPRESS_QUANTIZEAWARE_FAKEWEIGHT_H

#include "lib/Rounding/CodeForm.h"
#include "lib/Train/TrainStudent.h"
#include "lib/Weights/OriginalWeights.h"
#include "lib/Weights/WriteCodes.h"

namespace retort {

/// Fake quantization behind the copy of a weight in a student, and its codes in the module.
///
///     %w = onnx.initializer "w"   ->   %w = onnx.initializer "w"
///                                      %s = a scale for each group: of %w, or a constant
///                                      %q = compress.fake_quantize(%w, %s)
class FakeWeight {
public:
  /// A plain weight, and what its codes are: integers times floats, or, where scales are learned,
  /// levels.
  FakeWeight(LinearWeight weight, const CodeForm &form);

  /// A weight that consists of codes, in the form that they have: scales are learned from where
  /// they are, and the weight from where it was before, or from what the codes stand for where
  /// nobody knows. It becomes floats in the module until it is written. nullopt, with the reason,
  /// where codes are of a form that is not trained.
  static std::optional<FakeWeight> ofCodes(LinearWeight weight, const OriginalWeights &originals,
                                           Refusal &why);

  const LinearWeight &weight() const { return original; }
  unsigned bits() const { return form.code.bits; }

  /// Lets scales be trained, beginning with those of `matrix`, and the weight begin in the reach of
  /// its codes: .4 of a step from their numbers at most, so that no code of the start hangs by a
  /// hair. Else scales follow the weight.
  void learnFrom(const GroupedMatrix &matrix);

  /// Rounds the copy of the weight, which the student trains as its constant `number`.
  void insert(Student &student, size_t number);
  /// The numbers of the state, or those of the start where `values` is empty, become codes, with
  /// the function that the student used. Its remark may take further metrics.
  mlir::remark::detail::InFlightRemark write(const std::vector<std::vector<float>> &values,
                                             llvm::StringRef method);

private:
  mlir::Value addConstant(mlir::OpBuilder &builder, llvm::StringRef suffix,
                          llvm::ArrayRef<float> numbers) const;
  mlir::RankedTensorType tableType() const;
  std::vector<UniformScale> scalesOf(llvm::ArrayRef<float> scales,
                                     llvm::ArrayRef<float> zeros) const;
  void writeIntegers(std::vector<float> numbers, const RoundToNearest &rounding);
  void writeLevels(llvm::ArrayRef<float> numbers, llvm::ArrayRef<float> scales);

  LinearWeight original;
  CodeForm form;
  CodeLayout layout;
  compress::ScaleLadder ladder; ///< of levels
  uint64_t bytesBefore;
  bool isLearned = false;
  std::vector<float> start;                     ///< of the weight; empty: as it is
  std::vector<float> scales, zeros;             ///< of the start, where learned
  size_t weightAt = 0, scaleAt = 0, zeroAt = 0; ///< among the constants of the student
};

} // namespace retort

#endif
