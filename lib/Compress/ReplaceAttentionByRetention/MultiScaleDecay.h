// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The decay of multi-scale retention.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_MULTISCALEDECAY_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_MULTISCALEDECAY_H

#include <cmath>
#include <cstdint>

namespace retort {

/// ln(1 - 2^(-5-head)): RetNet (2307.08621), eq. 8. By log1p in double: in f32 the difference
/// rounds to 1 from head 20 on.
inline double logDecay(int64_t head) { return std::log1p(-std::ldexp(1.0, -5 - int(head))); }

} // namespace retort

#endif
