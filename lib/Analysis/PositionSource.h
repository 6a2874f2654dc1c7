// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where tables of angles take positions from, and whether each row of them follows from its
// position alone.
#ifndef RETORT_LIB_ANALYSIS_POSITIONSOURCE_H
#define RETORT_LIB_ANALYSIS_POSITIONSOURCE_H

#include "lib/Analysis/Samples.h"

namespace retort {

/// Tables whose rows belong to positions, as functions of the value that holds the positions: bind
/// that, and they can be evaluated at any positions, far beyond the lengths at which a model could
/// be sampled.
class PositionSource {
public:
  /// Looks for the value that equals 0, 1, 2 ... and behind which nothing else tells the tables how
  /// long the text is. Integers are preferred. `tables` are cold values with `rowAxis` counted from
  /// the front.
  PositionSource(Samples &samples, llvm::ArrayRef<mlir::Value> tables, int64_t rowAxis);

  /// One for each row (and part of the batch); null where there is none: the tables depend on the
  /// length, or are constants.
  mlir::Value value() const { return source; }
  /// The tables at these positions, as many as there are rows in the sample: `rows()`. Fails where
  /// a look-up does.
  llvm::FailureOr<llvm::SmallVector<onnx::Tensor>> at(llvm::ArrayRef<int64_t> positions);
  int64_t rows() const { return sample.tokens; }

  /// The first position that no table has; nullopt where there is none below 2^20.
  std::optional<int64_t> limit();
  /// Whether no row moves where another position changes, be it that of the last row. Where
  /// frequencies depend on the length of the text (dynamic NTK), all of them do. Without a source,
  /// lengths are compared instead.
  bool isRowStable();

private:
  bool isArticulation(mlir::Value candidate);
  llvm::FailureOr<llvm::SmallVector<onnx::Tensor>>
  evaluate(mlir::Value candidate, llvm::ArrayRef<int64_t> positions, const Sample &where);
  bool sameAtLengths();

  Samples &samples;
  llvm::SmallVector<mlir::Value> tables;
  int64_t rowAxis;
  Sample sample;
  llvm::SmallVector<int64_t> lengths; // of texts that are compared
  mlir::Value source;
};

} // namespace retort

#endif
