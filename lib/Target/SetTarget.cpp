// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says which processor a module is compiled for.
//   module   ->   module attributes {retort.target = #retort.target<cpu = "x86-64-v3", ...>}
#include "lib/Target/DescribeTarget.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_SETTARGETPASS
#include "lib/Target/SetTarget.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct SetTargetPass : retort::impl::SetTargetPassBase<SetTargetPass> {
  using Base::Base;

  void runOnOperation() override {
    auto target = describeTarget(&getContext(), cpu);
    if (!target) {
      getOperation().emitError() << llvm::toString(target.takeError());
      return signalPassFailure();
    }
    getOperation()->setAttr(names::target, *target);
  }
};
} // namespace
