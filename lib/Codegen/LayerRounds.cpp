// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds of operations in a block that do the same, and what each reads of the others.
//   %b = alloc ; call @k(%a, %w0, %b) ; %c = alloc ; call @k(%b, %w1, %c)
//   ->   two rounds: the first operand is carried, the second varies, the third is local
#include "lib/Codegen/LayerRounds.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace retort;

std::optional<unsigned> LayerRounds::roundOf(Value value) const {
  Operation *op = value.getDefiningOp();
  auto place = op ? places.find(op) : places.end();
  if (place == places.end())
    return std::nullopt;
  return place->second.first;
}

/// Messages of checks name nodes: they may differ.
static bool isCheck(Operation *op) { return isa<cf::AssertOp>(op); }

uint64_t retort::symbolOf(Operation *op) {
  if (isCheck(op))
    return hash_value(op->getName());
  return OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                           OperationEquivalence::ignoreHashValue,
                                           OperationEquivalence::IgnoreLocations);
}

namespace {
/// Whether two operations of a block do the same, whatever they read from the block.
class Likeness {
public:
  explicit Likeness(Block *block) : block(block) {}
  bool holds(Operation *a, Operation *b);

private:
  bool holds(Value a, Value b);
  bool holds(Region &a, Region &b);

  Block *block;
  DenseMap<Value, Value> inside; // values of regions of the one, and those of the other
};
} // namespace

bool Likeness::holds(Value a, Value b) {
  if (a.getType() != b.getType())
    return false;
  bool areOuter = a.getParentBlock() == block && b.getParentBlock() == block;
  return areOuter || a == b || inside.lookup(a) == b;
}

bool Likeness::holds(Region &a, Region &b) {
  if (a.empty() || b.empty())
    return a.empty() && b.empty();
  if (!a.hasOneBlock() || !b.hasOneBlock())
    return false;
  Block &left = a.front(), &right = b.front();
  if (left.getArgumentTypes() != right.getArgumentTypes() ||
      left.getOperations().size() != right.getOperations().size())
    return false;
  for (auto [x, y] : llvm::zip(left.getArguments(), right.getArguments()))
    inside[x] = y;
  return llvm::all_of_zip(left, right, [&](Operation &x, Operation &y) { return holds(&x, &y); });
}

bool Likeness::holds(Operation *a, Operation *b) {
  bool areSame = a->getName() == b->getName() && a->getNumOperands() == b->getNumOperands() &&
                 a->getNumRegions() == b->getNumRegions() &&
                 a->getResultTypes() == b->getResultTypes() && a->getNumSuccessors() == 0 &&
                 (isCheck(a) || a->getAttrDictionary() == b->getAttrDictionary());
  if (!areSame ||
      !llvm::all_of_zip(a->getOperands(), b->getOperands(),
                        [&](Value x, Value y) { return holds(x, y); }) ||
      !llvm::all_of_zip(a->getRegions(), b->getRegions(),
                        [&](Region &x, Region &y) { return holds(x, y); }))
    return false;
  for (auto [x, y] : llvm::zip(a->getResults(), b->getResults()))
    inside[x] = y;
  return true;
}

static bool areAlike(ArrayRef<Operation *> a, ArrayRef<Operation *> b) {
  return a.size() == b.size() && llvm::all_of_zip(a, b, [](Operation *x, Operation *y) {
           return Likeness(x->getBlock()).holds(x, y);
         });
}

/// The operations from `first` to that before `end`.
static SmallVector<Operation *> between(Operation *first, Operation *end) {
  SmallVector<Operation *> ops;
  for (Operation *op = first; op != end; op = op->getNextNode())
    ops.push_back(op);
  return ops;
}

/// The first operation behind `op` that frees no buffer.
static Operation *behindDeallocations(Operation *op) {
  do
    op = op->getNextNode();
  while (isa<memref::DeallocOp>(op));
  return op;
}

/// How many operations of the round stand before `op`, deallocations aside.
static unsigned placeWithout(Operation *op, Operation *first) {
  unsigned place = 0;
  for (Operation *each = first; each != op; each = each->getNextNode())
    place += !isa<memref::DeallocOp>(each);
  return place;
}

/// Moves behind the rounds what frees buffers from before them. One that the first round frees as
/// the second frees what the first has made stays.
static void freeBehind(ArrayRef<Operation *> starts, Operation *end) {
  SmallVector<unsigned> handedOn;
  auto deallocations = [](Operation *first, Operation *end) {
    SmallVector<memref::DeallocOp> found;
    for (Operation *op : between(first, end))
      if (auto dealloc = dyn_cast<memref::DeallocOp>(op))
        found.push_back(dealloc);
    return found;
  };
  auto isBefore = [](memref::DeallocOp dealloc, Operation *op) {
    Operation *source = dealloc.getMemref().getDefiningOp();
    return !source || source->isBeforeInBlock(op);
  };
  for (memref::DeallocOp dealloc : deallocations(starts[1], starts.size() > 2 ? starts[2] : end))
    if (!isBefore(dealloc, starts[0]) && isBefore(dealloc, starts[1]))
      handedOn.push_back(placeWithout(dealloc, starts[1]));
  SmallVector<memref::DeallocOp> moved; // at the end: each move makes the order be counted anew
  for (memref::DeallocOp dealloc : deallocations(starts[0], end)) {
    if (!isBefore(dealloc, starts[0]))
      continue;
    if (dealloc->isBeforeInBlock(starts[1])) {
      auto *found = llvm::find(handedOn, placeWithout(dealloc, starts[0]));
      if (found != handedOn.end()) {
        handedOn.erase(found);
        continue;
      }
    }
    moved.push_back(dealloc);
  }
  for (memref::DeallocOp dealloc : moved)
    dealloc->moveBefore(end);
}

/// The longest run of rounds that are alike.
static void keepAlike(SmallVector<SmallVector<Operation *>> &rounds) {
  size_t best = 0, bestLength = 0, begin = 0;
  for (size_t i = 0; i < rounds.size(); ++i) {
    if (i > 0 && !areAlike(rounds[i - 1], rounds[i]))
      begin = i;
    if (i + 1 - begin > bestLength) {
      best = begin;
      bestLength = i + 1 - begin;
    }
  }
  rounds.truncate(best + bestLength);
  rounds.erase(rounds.begin(), rounds.begin() + best);
}

std::optional<LayerRounds> retort::collectRounds(ArrayRef<Operation *> order, size_t begin,
                                                 size_t period, size_t count) {
  SmallVector<Operation *> starts;
  for (size_t i = 0; i < count; ++i)
    starts.push_back(order[begin + i * period]);
  Operation *end = behindDeallocations(order[begin + count * period - 1]);
  freeBehind(starts, end);
  end = behindDeallocations(order[begin + count * period - 1]);
  LayerRounds result;
  for (size_t i = 0; i < count; ++i)
    result.rounds.push_back(between(starts[i], i + 1 < count ? starts[i + 1] : end));
  // What was moved behind the rounds belongs to none of them.
  llvm::erase_if(result.rounds.back(), [&](Operation *op) {
    auto dealloc = dyn_cast<memref::DeallocOp>(op);
    Operation *source = dealloc ? dealloc.getMemref().getDefiningOp() : op;
    return !source || source->isBeforeInBlock(starts[0]);
  });
  keepAlike(result.rounds);
  if (result.rounds.size() < 2)
    return std::nullopt;
  for (auto [number, round] : llvm::enumerate(result.rounds))
    for (auto [place, op] : llvm::enumerate(round))
      result.places[op] = {number, place};
  return result;
}

/// Those of the operations and of what is nested in them that read values of the block.
static SmallVector<OpOperand *> outerOperands(ArrayRef<Operation *> round) {
  SmallVector<OpOperand *> operands;
  Block *block = round.front()->getBlock();
  for (Operation *op : round)
    op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        if (operand.get().getParentBlock() == block)
          operands.push_back(&operand);
    });
  return operands;
}

static std::optional<RoundOperand::Kind> kindOf(const LayerRounds &rounds,
                                                ArrayRef<OpOperand *> operands) {
  using Kind = RoundOperand::Kind;
  auto sourceOf = [&](unsigned i) { return rounds.roundOf(operands[i]->get()); };
  auto placeOf = [&](unsigned i) {
    auto result = cast<OpResult>(operands[i]->get());
    return std::pair(rounds.places.lookup(result.getOwner()).second, result.getResultNumber());
  };
  bool isLocal = true, isCarried = !sourceOf(0), isOuter = true, isSame = true;
  for (unsigned i = 0; i < operands.size(); ++i) {
    std::optional<unsigned> source = sourceOf(i);
    isLocal &= source == i && placeOf(i) == placeOf(0);
    if (i > 0)
      isCarried &= source == i - 1 && placeOf(i) == placeOf(1);
    isOuter &= !source;
    isSame &= operands[i]->get() == operands[0]->get();
  }
  if (isLocal)
    return Kind::Local;
  if (isCarried)
    return Kind::Carried;
  if (!isOuter)
    return std::nullopt;
  return isSame ? Kind::Same : Kind::Varied;
}

std::optional<SmallVector<RoundOperand>> retort::classifyOperands(const LayerRounds &rounds) {
  SmallVector<SmallVector<OpOperand *>> all;
  for (ArrayRef<Operation *> round : rounds.rounds)
    all.push_back(outerOperands(round));
  SmallVector<RoundOperand> result;
  for (size_t i = 0; i < all.front().size(); ++i) {
    RoundOperand operand;
    for (ArrayRef<OpOperand *> round : all)
      operand.operands.push_back(round[i]);
    auto kind = kindOf(rounds, operand.operands);
    if (!kind)
      return std::nullopt;
    operand.kind = *kind;
    if (operand.kind != RoundOperand::Kind::Local)
      result.push_back(std::move(operand));
  }
  return result;
}
