// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the heads that an attention gives back to the rows that its values were cut from.
#ifndef RETORT_LIB_SCALING_HEADPATHS_H
#define RETORT_LIB_SCALING_HEADPATHS_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace retort {

/// The size of an axis, counted from the last one; 0 where it is not known.
int64_t sizeFromEnd(mlir::Value value, int64_t axis = 0);
/// Whether one operation reads the value; what reads its shape alone does not count.
bool hasOneReader(mlir::Value value);

/// Channels of a value: places along its last axis.
struct ChannelPlaces {
  mlir::Value value; ///< null where there is none
  std::vector<int64_t> places;
  std::string why;
};

/// Of a reshape that puts the heads of an attention side by side: where its channels come from
/// before the values were split into heads, which groups of heads may share, be it that attention
/// does so or that they are repeated before, and which may be a part of a larger value (queries,
/// keys and values by one product).
ChannelPlaces channelsOfHeads(mlir::Operation *reshape, llvm::ArrayRef<int64_t> places);

/// Of a result of a Split along the last axis: of what is split.
ChannelPlaces channelsOfSplit(mlir::Value part, llvm::ArrayRef<int64_t> places);

} // namespace retort

#endif
