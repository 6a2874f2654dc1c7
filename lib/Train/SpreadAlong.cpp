// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A table of what groups share, as one entry for each of their places:
//
//   table: 2x96  ==>  Reshape(Expand(Unsqueeze(table, 1), [2, 32, 96]), [64, 96])
#include "lib/Train/SpreadAlong.h"

using namespace mlir;
using namespace retort;

Value retort::spreadAlong(OnnxBuilder &build, Value table, int64_t axis, int64_t length,
                          int64_t size) {
  SmallVector<int64_t> shape(cast<RankedTensorType>(table.getType()).getShape());
  if (shape[axis] == length && size == 1)
    return table;
  if (shape[axis] * size != length) {
    SmallVector<int64_t> places;
    for (int64_t k = 0; k < length; ++k)
      places.push_back(k / size);
    return build.gather(table, build.integers(places), axis);
  }
  SmallVector<int64_t> repeated(shape), whole(shape);
  repeated.insert(repeated.begin() + axis + 1, size);
  whole[axis] = length;
  Value each = build.unsqueeze(table, {axis + 1});
  return build.reshape(build.expand(each, build.integers(repeated)), whole);
}
