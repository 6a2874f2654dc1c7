// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes inputs and outputs out of the source.
#include "lib/Export/RemovedInterface.h"
#include "dialects/Onnx/ValueNames.h"

#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace retort;

static StringRef resultName(func::FuncOp function, unsigned i) {
  auto name = function.getResultAttrOfType<StringAttr>(i, "onnx.name");
  return name ? name.getValue() : "";
}

Refusal retort::removeResults(func::FuncOp source, func::FuncOp after,
                              SmallVectorImpl<unsigned> &placesBefore,
                              function_ref<void(Operation *)> lost) {
  unsigned count = source.getNumResults();
  bool isSame = after.getNumResults() == count;
  llvm::BitVector gone(count, true);
  for (unsigned i = 0; i < after.getNumResults(); ++i) {
    unsigned place = isSame ? i : 0;
    while (!isSame && place < count &&
           (!gone[place] || resultName(source, place) != resultName(after, i)))
      ++place;
    if (place == count)
      return llvm::formatv("it has {0} outputs now, and had {1}", after.getNumResults(), count);
    gone.reset(place);
    placesBefore.push_back(place);
  }
  if (gone.none())
    return {};
  Operation *end = source.front().getTerminator();
  for (unsigned place : gone.set_bits())
    if (Operation *op = end->getOperand(place).getDefiningOp())
      lost(op);
  if (failed(source.eraseResults(gone)))
    return "its outputs cannot be removed";
  end->eraseOperands(gone);
  return {};
}

Refusal retort::otherInputs(func::FuncOp source, func::FuncOp after) {
  return llvm::formatv("it has {0} inputs now, and had {1}", after.getNumArguments(),
                       source.getNumArguments());
}

Refusal retort::removeArguments(func::FuncOp source, func::FuncOp after, const SourceMap &map) {
  if (source.getNumArguments() == after.getNumArguments())
    return {};
  llvm::BitVector gone(source.getNumArguments(), true);
  for (Value argument : after.getArguments())
    if (auto original = dyn_cast_or_null<BlockArgument>(map.values.lookup(argument)))
      gone.reset(original.getArgNumber());
  for (unsigned place : gone.set_bits())
    if (!source.getArgument(place).use_empty())
      return "'" + onnx::valueName(source.getArgument(place)) + "' is no input any more";
  if (source.getNumArguments() - gone.count() != after.getNumArguments() ||
      failed(source.eraseArguments(gone)))
    return otherInputs(source, after);
  return {};
}
