// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the reader and the writer of statistics agree on.
#ifndef RETORT_LIB_STATISTICS_STATISTICSFORMAT_H
#define RETORT_LIB_STATISTICS_STATISTICSFORMAT_H

#include "lib/Statistics/Statistics.h"

namespace retort::statistics {

inline constexpr llvm::StringLiteral magic = "RETORTC1";
inline constexpr int64_t version = 2;
/// Longer rows are no rows of a model.
inline constexpr int64_t mostInputs = int64_t(1) << 24;

inline uint64_t sizeOfGram(uint64_t inputs) { return inputs * (inputs + 1) / 2; }

} // namespace retort::statistics

#endif
