// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes weights of codes that operations take as operands of their own, and marks the compressed
// weights that the file came with.
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_EXPOSEWEIGHTSPASS
#define GEN_PASS_DEF_EXPOSEWEIGHTSPASS
#include "lib/Recognize/ExposeWeights.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct ExposeWeightsPass : retort::impl::ExposeWeightsPassBase<ExposeWeightsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> all;
    getOperation().walk([&](Operation *op) { all.push_back(op); });
    for (Operation *op : all)
      for (auto &form : compress::formsOf(&getContext()))
        if (form->expose(op))
          break;
    getOperation().walk([&](Operation *op) {
      if (op->getNumOperands() == 0 || op->getNumResults() != 1)
        return;
      auto weight = compress::WeightExpression::of(op->getResult(0));
      if (weight && weight->isQuantized())
        op->setDiscardableAttr(compress::givenKey, UnitAttr::get(&getContext()));
    });
  }
};
} // namespace
