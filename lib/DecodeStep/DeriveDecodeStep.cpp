// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds the decode step to a module, or says why there is none.
//   @main(ids: BxT) -> logits   ->   @main ... @step(tokens: 1xT, past, rows, states) -> logits,
//   states
#include "lib/DecodeStep/DecodeStep.h"

#include "dialects/Retort/Names.h"
#include "lib/Analysis/StateRoles.h"

namespace retort {
#define GEN_PASS_DECL
#include "lib/DecodeStep/DeriveDecodeStep.h.inc"
#define GEN_PASS_DEF_DERIVEDECODESTEPPASS
#include "lib/DecodeStep/DeriveDecodeStep.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Where neither the user nor the model says how long a text may be.
static constexpr int64_t usualContext = 2048;

static int64_t trainedContext(ModuleOp module) {
  auto language = module->getAttrOfType<DictionaryAttr>(names::language);
  auto context = language ? language.getAs<IntegerAttr>("context") : IntegerAttr();
  return context && context.getInt() > 0 ? context.getInt() : usualContext;
}

/// As long as tables turn out to be shorter than the context, takes their length.
static LogicalResult deriveWithinTables(func::FuncOp graph, int64_t context, Refusal &refusal) {
  for (int64_t length = context; length > 0; length = *refusal.limit) {
    refusal = Refusal();
    if (succeeded(deriveDecodeStep(graph, length, refusal)))
      return success();
    if (!refusal.limit || *refusal.limit >= length)
      return failure();
  }
  return failure();
}

namespace {
struct DeriveDecodeStepPass : retort::impl::DeriveDecodeStepPassBase<DeriveDecodeStepPass> {
  using Base::Base;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto graph = module.lookupSymbol<func::FuncOp>("main");
    if (!graph || graph.isExternal() || module.lookupSymbol("step") || isStepGraph(graph))
      return;
    Refusal refusal;
    int64_t length = context > 0 ? int64_t(context) : trainedContext(module);
    if (succeeded(deriveWithinTables(graph, length, refusal)))
      return;
    Refusals missed;
    missed.add(refusal, graph.getLoc());
    reportMissed(missed, getArgument(), "decode");
    emitRemark(refusal.place.value_or(graph.getLoc())) << "no decode step: " << refusal.reason;
    module->setAttr(names::noDecodeStep, StringAttr::get(&getContext(), refusal.reason));
  }
};
} // namespace
