// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decodes blocks of a panel to tiles of bf16: rows of the weight in pairs, 16 columns a tile.
//   rows k ... k + 31, columns n ... n + 15   ->   [step][plane][columns][pair of rows][column][2]
#ifndef RETORT_LIB_CODEGEN_STEPS_TILES_DECODEBLOCK_H
#define RETORT_LIB_CODEGEN_STEPS_TILES_DECODEBLOCK_H

#include "dialects/Linear/BlockStep.h"

namespace retort {

/// How a weight becomes tiles.
struct TileWeight {
  /// Of bf16 for each number.
  int64_t planes;
  /// Scales are common to all rows, and multiply sums: codes alone are decoded.
  bool hasCommonScales;
  int64_t blockRows;

  /// Why the weight is not decoded so; empty where it is.
  static std::string refusal(const StepWeight &weight);
  /// In at most so many planes.
  static TileWeight of(const StepWeight &weight, int64_t planes);
};

/// Fills `b.decoded`, of tiles of i16, with the present block of the present panel.
void decodeBlock(BlockBuilder &b, const StepWeight &weight, const TileWeight &tiles);

} // namespace retort

#endif
