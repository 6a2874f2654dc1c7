// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes a loop of layers that do the same.
//   %x1 = alloc ; call @k(%x0, args[7], %x1) ; dealloc %x0 ; %x2 = alloc ; call @k(%x1, args[9],
//   %x2) ...
// ->
//   for %i iter_args(%x = %x0) { %y = alloc ; call @k(%x, args[table[%i]], %y) ; dealloc %x ; yield
//   %y }
//
// For each entry point, until nothing is found:
// 1. What computes from values alone moves up to what it reads, so that layers look the same.
// 2. The sequence of operations, without deallocations, is searched for repeats (FindRepeats).
// 3. Deallocations join their rounds, and operands are told apart by where they come from
//    (LayerRounds).
// 4. The first round becomes the body of a loop (RoundLoop).
#include "lib/Codegen/FindRepeats.h"
#include "lib/Codegen/RoundLoop.h"
#include "lib/Support/Refusal.h"

#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <map>

namespace retort {
#define GEN_PASS_DEF_ROLLLAYERSPASS
#include "lib/Codegen/RollLayers.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Fewer operations than that are no layers: a loop is to be worth its tables.
static constexpr size_t leastSaved = 24;

/// Loops that are looked for in a function: its time is to grow with the number of operations
/// alone.
static constexpr unsigned mostTries = 32;

static bool isDeallocation(Operation *op) { return isa<memref::DeallocOp>(op); }

static bool isConstant(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>() || isa<memref::GetGlobalOp>(op);
}

/// Constants stand in front, each once.
static void hoistConstants(Block &block) {
  llvm::StringMap<Operation *> known;
  Operation *last = nullptr;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isConstant(&op))
      continue;
    std::string text;
    llvm::raw_string_ostream(text)
        << op.getName() << op.getAttrDictionary() << op.getResult(0).getType();
    Operation *&first = known[text];
    if (first) {
      op.replaceAllUsesWith(first);
      op.erase();
      continue;
    }
    first = &op;
    if (last)
      op.moveAfter(last);
    else
      op.moveBefore(&block, block.begin());
    last = &op;
  }
}

/// What reads an argument of the entry point (WrapEntryPoints): no layer does.
static bool readsArgument(Operation *op) {
  return isa<LLVM::GEPOp, LLVM::LoadOp>(op) ||
         (isa<UnrealizedConversionCastOp>(op) && op->getOperand(0).getDefiningOp<LLVM::LoadOp>());
}

/// Whether it may stand anywhere between what it reads and what reads it.
static bool isMovable(Operation *op) {
  return isPure(op) && op->getNumRegions() == 0 && !isConstant(op) && !readsArgument(op) &&
         !op->hasTrait<OpTrait::IsTerminator>();
}

/// A view of an argument or a constant: it belongs to the layer that reads it.
static bool isViewOfArgument(Operation *op) {
  if (op->getNumResults() != 1 || !isa<MemRefType>(op->getResult(0).getType()))
    return false;
  while (auto view = dyn_cast_or_null<ViewLikeOpInterface>(op))
    op = view.getViewSource().getDefiningOp();
  return !op || isConstant(op) || readsArgument(op);
}

/// What computes from values alone stands behind the last operation that it follows from and that
/// does more than that; what stands behind the same one keeps its order.
static void moveUp(Block &block) {
  DenseMap<Operation *, size_t> anchors; // the places of what may not move
  std::map<size_t, SmallVector<Operation *>> behind;
  SmallVector<Operation *> order;
  Operation *lastConstant = nullptr;
  for (Operation &op : block) {
    size_t place = order.size();
    order.push_back(&op);
    if (isConstant(&op))
      lastConstant = &op;
    anchors[&op] = isConstant(&op) ? 0 : place;
    if (!isMovable(&op) || isViewOfArgument(&op))
      continue;
    size_t anchor = 0;
    for (Value operand : op.getOperands())
      if (Operation *source = operand.getDefiningOp())
        anchor = std::max(anchor, anchors.lookup(source));
    anchors[&op] = anchor;
    behind[anchor].push_back(&op);
  }
  for (auto &[anchor, ops] : behind) {
    Operation *last = anchor == 0 && lastConstant ? lastConstant : order[anchor];
    for (Operation *op : ops) {
      if (op != last)
        op->moveAfter(last);
      last = op;
    }
  }
}

/// Views of arguments stand in front of their first readers.
static void moveViewsDown(Block &block) {
  DenseMap<Operation *, std::pair<size_t, int64_t>>
      places; // of a reader, and how far in front of it
  SmallVector<Operation *> order;
  for (Operation &op : block) {
    places[&op] = {order.size(), 0};
    order.push_back(&op);
  }
  for (Operation *op : llvm::reverse(order)) {
    if (!isMovable(op) || !isViewOfArgument(op))
      continue;
    Operation *first = nullptr;
    for (Operation *user : op->getUsers()) {
      Operation *top = block.findAncestorOpInBlock(*user);
      if (!first || places.lookup(top) < places.lookup(first))
        first = top;
    }
    if (!first)
      continue;
    auto [place, distance] = places.lookup(first);
    places[op] = {place, distance - 1};
    op->moveBefore(first);
  }
}

/// For each operation, how many values from some way before are read at it or behind: what a loop
/// that begins there has to hand on. Values that live longer are the same wherever it begins.
static SmallVector<int64_t> countCrossing(ArrayRef<Operation *> order) {
  DenseMap<Operation *, size_t> places;
  for (auto [place, op] : llvm::enumerate(order))
    places[op] = place;
  SmallVector<int64_t> crossing(order.size() + 1, 0);
  for (auto [place, op] : llvm::enumerate(order)) {
    size_t last = place;
    for (Operation *user : op->getUsers()) {
      Operation *top = op->getBlock()->findAncestorOpInBlock(*user);
      if (auto known = places.find(top); known != places.end())
        last = std::max(last, known->second);
      else if (!isDeallocation(top))
        last = order.size();
    }
    if (last < order.size()) {
      ++crossing[place + 1];
      --crossing[last + 1 > place + 1 ? last + 1 : place + 1];
    }
  }
  for (size_t i = 1; i < crossing.size(); ++i)
    crossing[i] += crossing[i - 1];
  crossing.pop_back();
  return crossing;
}

/// The rounds from `first` on, `count` of them.
static LayerRounds part(const LayerRounds &all, size_t first, size_t count) {
  LayerRounds result;
  for (size_t i = 0; i < count; ++i) {
    result.rounds.push_back(all.rounds[first + i]);
    for (auto [place, op] : llvm::enumerate(result.rounds.back()))
      result.places[op] = {i, place};
  }
  return result;
}

/// Rolls the rounds, or those that remain where the first or the last ones read other things.
/// Returns why that is not possible.
static StringRef rollSome(const LayerRounds &all) {
  StringRef why = "they read what rounds before the last one have computed";
  for (size_t dropped = 0; dropped <= 3 && all.rounds.size() >= 2 + dropped; ++dropped)
    for (size_t first = 0; first <= dropped; ++first) {
      LayerRounds rounds = part(all, first, all.rounds.size() - dropped);
      auto operands = classifyOperands(rounds);
      if (operands && RoundLoop(rounds, *operands).build())
        return "";
      if (operands)
        why = "they differ in more than tables are worth";
    }
  return why;
}

namespace {
class Roller {
public:
  explicit Roller(Block &block, Refusals &refusals) : block(block), refusals(refusals) {}
  /// Whether something was found.
  bool rollOnce();

private:
  Block &block;
  Refusals &refusals;
  DenseSet<Operation *> tried; // of repeats that cannot be rolled
};
} // namespace

bool Roller::rollOnce() {
  hoistConstants(block);
  moveUp(block);
  moveViewsDown(block);
  SmallVector<Operation *> order;
  for (Operation &op : block.without_terminator())
    if (!isDeallocation(&op) && !isConstant(&op) && !readsArgument(&op))
      order.push_back(&op);
  SmallVector<uint64_t> symbols;
  for (Operation *op : order)
    symbols.push_back(tried.contains(op) ? uint64_t(symbols.size()) : symbolOf(op));
  auto found = findRepeats(symbols, countCrossing(order), leastSaved);
  if (!found)
    return false;
  Location place = order[found->begin]->getLoc();
  auto rounds = collectRounds(order, found->begin, found->period, found->count);
  StringRef why = rounds ? rollSome(*rounds) : "they free different buffers";
  if (why.empty()) {
    tried.clear(); // it may hold operations that are gone
    return true;
  }
  refusals.add(llvm::formatv("{0} rounds of {1} operations stay apart: {2}", found->count,
                             found->period, why),
               place);
  tried.insert(order.begin() + found->begin,
               order.begin() + found->begin + found->period * found->count);
  return true;
}

namespace {
struct RollLayersPass : retort::impl::RollLayersPassBase<RollLayersPass> {
  void runOnOperation() override {
    Refusals refusals;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func.isPublic() || !func.getBody().hasOneBlock())
        continue;
      Roller roller(func.getBody().front(), refusals);
      for (unsigned tries = 0; tries < mostTries && roller.rollOnce(); ++tries)
        ;
    }
    reportMissed(refusals, getArgument(), "codegen");
  }
};
} // namespace
