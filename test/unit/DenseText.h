// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrices for tests that write their models as text.
#ifndef RETORT_TEST_UNIT_DENSETEXT_H
#define RETORT_TEST_UNIT_DENSETEXT_H

#include <cstdint>
#include <string>

namespace retort {

/// Numbers that look random, in the syntax of MLIR.
inline std::string denseText(int64_t rows, int64_t columns, unsigned seed) {
  std::string text = "dense<[";
  for (int64_t i = 0; i < rows; ++i) {
    text += i ? ", [" : "[";
    for (int64_t k = 0; k < columns; ++k) {
      seed = seed * 1664525u + 1013904223u;
      text += (k ? ", " : "") + std::to_string(double(seed >> 8) / double(1u << 24) - .5);
    }
    text += "]";
  }
  return text + "]> : tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "xf32>";
}

} // namespace retort

#endif
