// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of a graph that hold the cosines or sines of a rotary embedding.
#ifndef RETORT_LIB_RECOGNIZE_ROPETABLE_H
#define RETORT_LIB_RECOGNIZE_ROPETABLE_H

#include "dialects/Onnx/Evaluate/Cone.h"

#include "mlir/IR/Value.h"

namespace retort {

/// Where a value of the graph holds cosines or sines: element p of a row is at `start + stride p`
/// along `columnAxis`.
struct RopeTable {
  mlir::Value value;
  int64_t rowAxis = 0, columnAxis = 0;
  int64_t batchAxis = -1; ///< -1: the same for the whole batch
  int64_t start = 0, stride = 1;
  bool negated = false;
};

/// A size at two samples.
using SizePair = std::pair<int64_t, int64_t>;

/// What a table is compared with: rows of numbers at the first of two samples.
struct WantedTable {
  llvm::ArrayRef<double> numbers;
  SizePair rows, batches;
};

/// The best table that is among these cold values, or that they are made of by moving elements:
/// preferred are rows that are looked up (they can be extended), and tables that hold each number
/// once. The cones bind the two samples.
std::optional<RopeTable> findRopeTable(llvm::ArrayRef<mlir::Value> cold, const WantedTable &wanted,
                                       onnx::Cone &first, onnx::Cone &second);

/// Element `p` of a row, for part `b` of the batch.
double entryOf(const RopeTable &table, const onnx::Tensor &values, int64_t b, int64_t row,
               int64_t p);

} // namespace retort

#endif
