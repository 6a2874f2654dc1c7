// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of rules.
#include "lib/Differentiate/GradientRules.h"
#include "dialects/Retort/Differentiable.h"
#include "dialects/Retort/Retort.h"

using namespace mlir;
using namespace retort;

MLIR_DEFINE_EXPLICIT_TYPE_ID(retort::GradientRules)

const GradientRules *GradientRules::of(MLIRContext *context) {
  auto *dialect = context->getOrLoadDialect<RetortDialect>();
  return dialect->getRegisteredInterface<GradientRules>();
}

void GradientRules::addElementRules(StringRef name, std::vector<ElementRule> each) {
  rules[name] = [each = std::move(each)](Operation *op, Backward &backward) {
    for (auto [place, rule] : llvm::enumerate(each))
      if (place < op->getNumOperands() && backward.isWanted(op->getOperand(place)))
        backward.add(op->getOperand(place), rule({backward}));
    return success();
  };
}

GradientRules::Rule GradientRules::find(Operation *op) const {
  if (auto own = dyn_cast<Differentiable>(op))
    return [](Operation *each, Backward &backward) {
      return cast<Differentiable>(each).backward(backward);
    };
  auto known = rules.find(op->getName().getStringRef());
  return known == rules.end() ? nullptr : known->second;
}
