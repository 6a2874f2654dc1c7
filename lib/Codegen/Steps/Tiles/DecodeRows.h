// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decodes blocks to tiles of bf16 by what the format itself builds for its sums: each row that it
// would multiply is put into its tile.
#ifndef RETORT_LIB_CODEGEN_STEPS_TILES_DECODEROWS_H
#define RETORT_LIB_CODEGEN_STEPS_TILES_DECODEROWS_H

#include "dialects/Linear/BlockStep.h"

namespace retort {

/// Fills `b.decoded` with the present block, as `decodeBlock` does. The format is `isDecodable`.
void decodeRows(BlockBuilder &b, const StepWeight &weight, int64_t planes);

} // namespace retort

#endif
