// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For tests whose compiled code runs once, on little: LLVM's work on it would take longer than it
// saves. RETORT_OPTIMIZE=2 in the environment tests the code that users get.
#ifndef RETORT_TEST_UNIT_QUICKCODE_H
#define RETORT_TEST_UNIT_QUICKCODE_H

#include <cstdlib>

namespace retort {
inline const int quickCode = setenv("RETORT_OPTIMIZE", "0", /*overwrite=*/0);
} // namespace retort

#endif
