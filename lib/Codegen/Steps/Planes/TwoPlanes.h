// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows as two planes of bytes with a scale for some rows of the weight: 16 bits of each number, for
// steps that multiply bytes.
//   x = scale * (256 high + low),  |256 high + low| <= 32512
#ifndef RETORT_LIB_CODEGEN_STEPS_PLANES_TWOPLANES_H
#define RETORT_LIB_CODEGEN_STEPS_PLANES_TWOPLANES_H

#include "dialects/Linear/MultiplyStep.h"

namespace retort {

/// Planes of the rows that meet codes. Groups of the weight are taken in chunks of some 32 rows,
/// each with a scale of its own: a large number makes its neighbours coarse, and no others.
class TwoPlanes {
public:
  TwoPlanes(const CodeParts &codes, int64_t depth);

  int64_t chunksPerGroup() const { return chunksOfGroup; }
  int64_t rowsOfChunk() const { return wordsOfChunk * order.perWord; }
  /// Words of a chunk of a group: all the same, or fewer in the last.
  mlir::Value countWords(VectorBuilder &b, mlir::Value chunk) const;
  /// The number of a chunk among those of all groups, and that of its first word.
  mlir::Value chunkOfAll(VectorBuilder &b, mlir::Value group, mlir::Value chunk) const;
  mlir::Value firstWord(VectorBuilder &b, mlir::Value group, mlir::Value chunk) const;

  /// Four bytes are four rows of the weight that stand so many places apart in a word.
  llvm::SmallVector<int64_t> placesInOrder() const;

  // The scratch beside the planes: a scale for each chunk; for each the sums of high and low, times
  // minus the zero point where there is one for all.
  static constexpr unsigned planes = 0, scales = 1, sums = 2;
  llvm::SmallVector<StepScratch> beside(mlir::MLIRContext *context) const;
  void packGroup(RowBuilder &b) const;
  /// Four bytes of a plane of a row of the present tile, as i32; `quad` of the four in a word.
  mlir::Value load(TileBuilder &b, int64_t row, mlir::Value word, int64_t plane,
                   int64_t quad) const;

private:
  void packChunk(RowBuilder &b, mlir::Value chunk) const;

  RowOrder order;
  int64_t bits, sumFactor, wordsOfChunk, chunksOfGroup;
};

} // namespace retort

#endif
