// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile products of bf16 (AMX) in two planes: some 4e-6 of the result off.
#include "lib/Codegen/Steps/RegisterSteps.h"
#include "lib/Codegen/Steps/Tiles/TileProduct.h"

using namespace retort;

std::unique_ptr<MultiplyStep> retort::makeTileProductBf16x2Step() {
  return std::make_unique<TileProduct>("tile-product-bf16x2", Numerics::Accurate, /*planes=*/2);
}
