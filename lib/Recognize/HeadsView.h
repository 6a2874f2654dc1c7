// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queries, keys and values by head: which tensor an operand of an attention's product is made of.
#ifndef RETORT_LIB_RECOGNIZE_HEADSVIEW_H
#define RETORT_LIB_RECOGNIZE_HEADSVIEW_H

#include "lib/Analysis/Movement.h"
#include "lib/Recognize/Product.h"

namespace retort {

/// A tensor of rows of heads. `axes` are its axes for batch, head, row and width; a tensor of rank
/// 3 has no axis of heads
/// (-1), and one head.
struct HeadsView {
  mlir::Value value;
  double scale = 1;
  std::array<int, 4> axes{0, 1, 2, 3};
  /// Sizes at the sample that was looked at.
  int64_t batch = 0, heads = 0;

  bool isPlain() const { return axes == std::array<int, 4>{0, 1, 2, 3}; }
};

/// How an operand of a product is laid out: its axes for rows and width; all others, in the order
/// of the result, are the leading axes, which count heads: batch * H + head.
struct OperandLayout {
  mlir::Value value;
  unsigned row, width;
  /// The operand's axis for each leading axis of the result; -1 where it has none.
  llvm::SmallVector<int> leading;
};

/// The tensors that the operand may be a view of, best first: plain layout before others, and the
/// one furthest back, so that heads repeated for groups of queries are not. `queries` gives the
/// number of heads; null where the operand holds the queries.
llvm::SmallVector<HeadsView> headsViews(const OperandLayout &layout,
                                        llvm::ArrayRef<int64_t> leadingSizes,
                                        const HeadsView *queries, Samples &samples, Sample sample);

} // namespace retort

#endif
