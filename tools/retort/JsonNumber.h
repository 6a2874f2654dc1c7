// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers in JSON.
#ifndef RETORT_TOOLS_RETORT_JSONNUMBER_H
#define RETORT_TOOLS_RETORT_JSONNUMBER_H

#include "llvm/Support/JSON.h"

#include <cmath>

namespace retort {

/// JSON has neither NaN nor infinity: they are null.
inline llvm::json::Value jsonNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

} // namespace retort

#endif
