// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a query in the lanes of vectors: a tile of those that share a head of keys and values.
#ifndef RETORT_LIB_CODEGEN_ROWLANES_H
#define RETORT_LIB_CODEGEN_ROWLANES_H

#include "lib/Codegen/AttentionKernels.h"

namespace retort {

struct RowLanes {
  AttentionBuilder &b;
  mlir::Value batchIndex, group, firstLane;

  using Row = AttentionBuilder::Row;
  /// The rows in the lanes of a vector of the tile; behind the last come its equals.
  llvm::SmallVector<Row> rowsOf(mlir::Value vector);
  /// queries[d][lane] = the rows of a vector, times the scale.
  void packVector(mlir::Value vector, llvm::ArrayRef<Row> rows, mlir::Value queries);
  /// biases[j][lane] = the bias of `count` columns from `start` on.
  void packBias(mlir::Value start, mlir::Value count, mlir::Value biases);
  /// The result = output[e][lane] factors[0][lane].
  void writeRows(mlir::Value output, mlir::Value factors);

private:
  int64_t lanes() const { return b.shape.lanes; }
};

} // namespace retort

#endif
