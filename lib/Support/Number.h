// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers in messages.
#ifndef RETORT_LIB_SUPPORT_NUMBER_H
#define RETORT_LIB_SUPPORT_NUMBER_H

#include <cstdio>
#include <string>

namespace retort {

/// In as few digits as a person would write: 1.5, 32, 1e-06.
inline std::string shortNumber(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

} // namespace retort

#endif
