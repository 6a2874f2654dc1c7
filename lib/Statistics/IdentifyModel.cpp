// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes on a module what tells it from others.
#include "dialects/Retort/Names.h"
#include "lib/Statistics/ContentHash.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_IDENTIFYMODELPASS
#include "lib/Statistics/IdentifyModel.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct IdentifyModelPass : retort::impl::IdentifyModelPassBase<IdentifyModelPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder builder(module.getContext());
    module->setAttr(names::content, builder.getStringAttr(contentHash(module)));
    if (!statistics.empty())
      module->setAttr(names::statistics, builder.getStringAttr(statistics));
  }
};
} // namespace
