// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which share of a weight stays, and where.
#ifndef RETORT_LIB_COMPRESS_PRUNESPARSEGPT_PATTERN_H
#define RETORT_LIB_COMPRESS_PRUNESPARSEGPT_PATTERN_H

#include <cstdint>

namespace retort {

/// n of each m inputs of an output, or, where m is 0, all but a share of the weights.
struct SparsePattern {
  double sparsity = 0;
  int64_t n = 0, m = 0;
};

} // namespace retort

#endif
