// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the names of nodes in equal rounds have in common.
//   node 'layers.0.mlp' (Add), node 'layers.11.mlp' (Add)   ->   node 'layers.*.mlp' (Add)
#include "lib/Codegen/RoundLoop.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace retort;

static StringRef nameOf(Location loc) {
  StringRef name;
  loc->walk([&](Location inner) {
    auto named = dyn_cast<NameLoc>(inner);
    if (named)
      name = named.getName().getValue();
    return named ? WalkResult::interrupt() : WalkResult::advance();
  });
  return name;
}

/// The beginning and the end that all have, and a star for the rest.
static std::string commonName(ArrayRef<StringRef> names) {
  StringRef first = names.front();
  if (llvm::all_equal(names))
    return first.str();
  size_t head = first.size(), tail = first.size();
  for (StringRef name : names.drop_front()) {
    head = std::min(head,
                    size_t(std::mismatch(first.begin(), first.begin() + std::min(head, name.size()),
                                         name.begin())
                               .first -
                           first.begin()));
    size_t same = 0;
    while (same <
               std::min({tail, name.size() - std::min(head, name.size()), first.size() - head}) &&
           first[first.size() - 1 - same] == name[name.size() - 1 - same])
      ++same;
    tail = same;
  }
  tail = std::min(tail, first.size() - head);
  return (first.take_front(head) + "*" + first.take_back(tail)).str();
}

static SmallVector<Operation *> withNested(ArrayRef<Operation *> round) {
  SmallVector<Operation *> ops;
  for (Operation *op : round)
    op->walk<WalkOrder::PreOrder>([&](Operation *inner) { ops.push_back(inner); });
  return ops;
}

void retort::nameAfterAll(const LayerRounds &rounds) {
  auto all = llvm::map_to_vector(
      rounds.rounds, [](const SmallVector<Operation *> &round) { return withNested(round); });
  for (size_t i = 0; i < all.front().size(); ++i) {
    Operation *op = all.front()[i];
    SmallVector<StringRef> names, messages;
    for (ArrayRef<Operation *> round : all) {
      names.push_back(nameOf(round[i]->getLoc()));
      if (auto check = dyn_cast<cf::AssertOp>(round[i]))
        messages.push_back(check.getMsg());
    }
    if (!llvm::all_equal(names))
      op->setLoc(NameLoc::get(StringAttr::get(op->getContext(), commonName(names)), op->getLoc()));
    if (auto check = dyn_cast<cf::AssertOp>(op))
      check.setMsg(commonName(messages));
  }
}
