// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows that walk over spatial axes: of convolutions and of pooling.
#ifndef RETORT_LIB_LOWER_WINDOW_H
#define RETORT_LIB_LOWER_WINDOW_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// One spatial axis: its size and the window's, what is added before and behind, how many places
/// the window has.
struct Window {
  Value size, kernel, before, after, result;
  int64_t stride, dilation;
};

/// The attributes that convolutions and poolings share.
struct WindowAttributes {
  template <typename OpT>
  explicit WindowAttributes(OpT op)
      : strides(op.getStrides()), dilations(op.getDilations()), pads(op.getPads()),
        autoPad(op.getAutoPad()) {}

  std::optional<ArrayRef<int64_t>> strides, dilations, pads;
  llvm::StringRef autoPad;
  /// A last window may begin in the data and end behind it.
  bool ceil = false;
};

/// Axis `i` of `axes`; a window that does not fit into the padded data stops the model. SAME_* pads
/// so that the result has ceil(size / stride) places.
Window makeWindow(Emitter &e, Operation *op, const WindowAttributes &attributes, int64_t i,
                  int64_t axes, Value size, Value kernel);

/// How far a window reaches from its first place.
Value reachOf(Emitter &e, const Window &window);

} // namespace retort

#endif
