// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Slice takes of one axis.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_SLICEBOUNDS_H
#define RETORT_DIALECTS_ONNX_EVALUATE_SLICEBOUNDS_H

#include <algorithm>
#include <cstdint>

namespace retort::onnx {

struct SliceBounds {
  int64_t start, size;
};

/// Bounds count from the end where negative, and are clamped to the axis; `step` is not 0.
inline SliceBounds sliceBounds(int64_t start, int64_t end, int64_t step, int64_t dim) {
  auto fromFront = [&](int64_t at) { return at < 0 ? at + dim : at; };
  if (step > 0) {
    start = std::clamp<int64_t>(fromFront(start), 0, dim);
    end = std::clamp<int64_t>(fromFront(end), 0, dim);
    return {start, std::max<int64_t>(0, end - start == 0 ? 0 : (end - start - 1) / step + 1) *
                       (end > start)};
  }
  start = std::clamp<int64_t>(fromFront(start), -1, dim - 1);
  end = end < -dim ? -1 : std::clamp<int64_t>(fromFront(end), -1, dim - 1);
  // -INT64_MIN does not exist; no axis is that long.
  uint64_t stride = uint64_t(0) - uint64_t(step);
  return {std::max<int64_t>(start, 0),
          start > end ? int64_t((uint64_t(start - end) - 1) / stride) + 1 : 0};
}

} // namespace retort::onnx

#endif
