// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of rotary embedding: the transpose of a (scaled) rotation turns the other way.
#include "dialects/Llm/Llm.h"
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

static LogicalResult ropeGradient(llm::RopeOp op, Backward &backward) {
  if (backward.isWanted(op.getCos()) || backward.isWanted(op.getSin()))
    return backward.refuse("has no gradient for its angles");
  Value dy = backward.gradient();
  backward.add(op.getInput(),
               llm::RopeOp::create(backward.build.raw(), op.getLoc(), dy.getType(), dy, op.getCos(),
                                   backward.build.negate(op.getSin()), op.getPositions(),
                                   op.getInterleaved()));
  return success();
}

namespace retort {
void addRopeRules(GradientRules &rules) { rules.add<llm::RopeOp>(ropeGradient); }
} // namespace retort
