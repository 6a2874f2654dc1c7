// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the roles of a function's arguments from their attributes.
#include "lib/Codegen/EntryPoint.h"

#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

SmallVector<unsigned> retort::stateArguments(func::FuncOp func) {
  SmallVector<std::pair<int64_t, unsigned>> states;
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    if (auto state = func.getArgAttrOfType<IntegerAttr>(i, names::state))
      states.push_back({state.getInt(), i});
  llvm::sort(states);
  return llvm::map_to_vector(states, [](auto state) { return state.second; });
}

std::optional<unsigned> retort::stateOfResult(func::FuncOp func, unsigned i) {
  SmallVector<unsigned> states = stateArguments(func);
  unsigned first = func.getNumResults() - states.size();
  if (states.size() > func.getNumResults() || i < first)
    return std::nullopt;
  return states[i - first];
}
