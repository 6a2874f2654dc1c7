// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile products of bf16 (AMX): both operands are rounded, which is some 2e-3 of the result.
#include "lib/Codegen/Steps/RegisterSteps.h"
#include "lib/Codegen/Steps/Tiles/TileProduct.h"

using namespace retort;

std::unique_ptr<MultiplyStep> retort::makeTileProductBf16Step() {
  return std::make_unique<TileProduct>("tile-product-bf16", Numerics::Fast, /*planes=*/1);
}
