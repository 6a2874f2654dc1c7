// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the units of an attention lie in its operands.
#include "lib/Compress/PruneStructured/HeadGroups.h"

using namespace mlir;
using namespace retort;

static int64_t headsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getDimSize(1);
}

static llvm::Error makeError(const llvm::Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

static llvm::Expected<ChannelGroup> findUnits(llm::AttentionOp attention, int64_t units,
                                              bool linked, Value &consumer) {
  UnitSearch search(attention->getParentOfType<func::FuncOp>(), units);
  search.passHeads(linked);
  search.join(attention.getResult(),
              {1, runsOfUnits(units, headsOf(attention.getQuery()) / units)});
  auto found = search.run();
  consumer = search.consumerSoFar();
  return found;
}

/// Keys and values may be repeated for all heads that share them, in front of the attention.
static llvm::Expected<ChannelGroup> findRepeated(llm::AttentionOp attention, int64_t groups,
                                                 Value &consumer) {
  auto found = findUnits(attention, groups, true, consumer);
  for (int64_t each = 2; !found && each <= groups / 2; ++each) {
    if (groups % each != 0)
      continue;
    auto coarser = findUnits(attention, groups / each, true, consumer);
    if (!coarser) {
      llvm::consumeError(coarser.takeError());
      continue;
    }
    llvm::consumeError(found.takeError());
    return coarser;
  }
  return found;
}

llvm::Expected<HeadGroup> retort::findHeads(llm::AttentionOp attention, HeadUnit unit,
                                            Value &consumer) {
  int64_t heads = headsOf(attention.getQuery()), groups = headsOf(attention.getKey());
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(groups) || heads % groups != 0)
    return makeError("its attention has an unknown number of heads");
  bool isGroup = unit == HeadUnit::Group || heads == groups;
  if ((isGroup ? groups : heads) < 2)
    return makeError(isGroup && heads > 1 ? "all of its heads share keys and values"
                                          : "its attention has one head");
  auto found = unit == HeadUnit::Group
                   ? findRepeated(attention, groups, consumer)
                   : findUnits(attention, isGroup ? groups : heads, isGroup, consumer);
  if (!found)
    return found.takeError();
  return HeadGroup{std::move(*found), isGroup ? 1 : groups};
}
