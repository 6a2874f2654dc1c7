// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps that take blocks.
#include "dialects/Linear/BlockStep.h"

using namespace mlir;
using namespace retort;

VectorBuilder::Values BlockStep::sumTile(TileBuilder &, const StepWeight &, bool) const {
  llvm_unreachable("the sums of a block step do not stay in vector registers");
}
