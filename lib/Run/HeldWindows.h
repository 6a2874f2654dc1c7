// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LIB_RUN_HELDWINDOWS_H
#define RETORT_LIB_RUN_HELDWINDOWS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace retort {

/// The first `most` windows that nothing is fitted to; where a sample holds none back, of all.
template <typename WindowsT> auto heldWindows(WindowsT &windows, size_t most) {
  llvm::SmallVector<typename WindowsT::value_type *> result;
  bool isAnyHeld = llvm::any_of(windows, [](const auto &window) { return window.isHeld; });
  for (auto &window : windows)
    if ((window.isHeld || !isAnyHeld) && result.size() < most)
      result.push_back(&window);
  return result;
}

} // namespace retort

#endif
