// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the roles of inputs and outputs as attributes.
#include "lib/Analysis/Roles.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_ASSIGNROLESPASS
#define GEN_PASS_DEF_ASSIGNROLESPASS
#include "lib/Recognize/AssignRoles.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct AssignRolesPass : retort::impl::AssignRolesPassBase<AssignRolesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        assign(function);
  }

  void assign(func::FuncOp function) {
    Roles roles = findRoles(function);
    auto text = [&](StringRef role) { return StringAttr::get(&getContext(), role); };
    for (auto [i, role] : llvm::enumerate(roles.arguments))
      if (!role.empty())
        function.setArgAttr(i, roleAttribute, text(role));
    for (auto [i, role] : llvm::enumerate(roles.results))
      if (!role.empty())
        function.setResultAttr(i, roleAttribute, text(role));
  }
};
} // namespace
