// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts of a graph that are linear in the data of the text.
#ifndef RETORT_LIB_RECOGNIZE_LINEARSEGMENT_H
#define RETORT_LIB_RECOGNIZE_LINEARSEGMENT_H

#include "lib/Analysis/HotValues.h"

namespace retort {

/// The operations between one hot value and another, all linear in it: output = M input, where M is
/// made of cold values alone.
struct LinearSegment {
  mlir::Value input, output;
  /// Last first.
  llvm::SmallVector<mlir::Operation *> ops;
  /// The cold operands, each once.
  llvm::SmallVector<mlir::Value> leaves;
};

/// The segment, and those that go on in front of it or behind it through operations that only move
/// elements: pairs of coordinates may be taken apart and put together in any number of steps. The
/// nearest come first.
std::vector<LinearSegment> widenings(const LinearSegment &segment, const HotValues &hot);

/// Whether all results of the operation are linear in its hot operands.
bool isLinear(mlir::Operation *op, const HotValues &hot);

/// The smallest segment that ends in `output` and in which the way parts and comes together again;
/// nullopt where the operation that makes it has less than two hot operands, or something on the
/// way is not linear.
std::optional<LinearSegment> segmentEndingIn(mlir::Value output, const HotValues &hot);

} // namespace retort

#endif
