// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Equal rounds as a loop.
#include "lib/Codegen/RoundLoop.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
using namespace retort;

RoundLoop::RoundLoop(const LayerRounds &rounds, ArrayRef<RoundOperand> operands)
    : rounds(rounds), operands(operands), b(rounds.rounds[0][0]->getLoc(), rounds.rounds[0][0]),
      tables(b, count()) {}

/// The value of another round that is this one of the first.
Value RoundLoop::valueOf(Value first, unsigned round) const {
  auto result = cast<OpResult>(first);
  unsigned place = rounds.places.lookup(result.getOwner()).second;
  return rounds.rounds[round][place]->getResult(result.getResultNumber());
}

/// Its number among those that are handed on.
unsigned RoundLoop::handOn(Value first, Value before) {
  auto *known = llvm::find_if(handedOn, [&](const HandedOn &each) {
    return each.first == first && (!before || each.before == before);
  });
  if (known == handedOn.end()) {
    handedOn.push_back({first, before});
    return handedOn.size() - 1;
  }
  return known - handedOn.begin();
}

/// Of the last round alone it is a result of the loop, of others it goes through a table.
void RoundLoop::findReadBehind(Value first) {
  SmallVector<unsigned> readOf;
  for (unsigned round = 0; round < count(); ++round) {
    bool isRead = llvm::any_of(valueOf(first, round).getUsers(), [&](Operation *user) {
      return !rounds.places.contains(rounds.rounds[0][0]->getBlock()->findAncestorOpInBlock(*user));
    });
    if (isRead)
      readOf.push_back(round);
  }
  if (readOf.empty())
    return;
  if (readOf.front() + 1 == count())
    handOn(first, nullptr);
  else
    kept.push_back({first, readOf});
}

void RoundLoop::findHandedOn() {
  for (const RoundOperand &operand : operands)
    if (operand.kind == RoundOperand::Kind::Carried)
      handOn(operand.operands[1]->get(), operand.operands[0]->get());
  for (Operation *op : rounds.rounds[0])
    for (Value result : op->getResults())
      findReadBehind(result);
}

/// A value in a table costs an operation or two more for each round.
bool RoundLoop::isWorthIt() const {
  size_t saved = (count() - 1) * rounds.rounds[0].size(), added = tables.stored();
  for (const Kept &each : kept)
    added += each.rounds.size();
  return 4 * added <= saved;
}

scf::ForOp RoundLoop::startLoop() {
  SmallVector<Value> before;
  for (const HandedOn &each : handedOn)
    before.push_back(each.before ? each.before
                                 : ub::PoisonOp::create(b, each.first.getType(),
                                                        ub::PoisonAttr::get(b.getContext()))
                                       .getResult());
  Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1),
        end = arith::ConstantIndexOp::create(b, count());
  return scf::ForOp::create(b, zero, end, one, before,
                            [](OpBuilder &body, Location loc, Value, ValueRange given) {
                              scf::YieldOp::create(body, loc, given);
                            });
}

void RoundLoop::moveBody(scf::ForOp loop) {
  Operation *yield = loop.getBody()->getTerminator();
  b.setInsertionPoint(yield);
  tables.enter(loop.getInductionVar());
  for (const RoundOperand &operand : operands) {
    if (operand.kind == RoundOperand::Kind::Carried) {
      unsigned number = handOn(operand.operands[1]->get(), operand.operands[0]->get());
      operand.operands[0]->set(loop.getRegionIterArg(number));
    } else if (operand.kind == RoundOperand::Kind::Varied) {
      operand.operands[0]->set(tables.valueInRound(operand));
    }
  }
  for (Operation *op : rounds.rounds[0])
    op->moveBefore(yield);
  b.setInsertionPoint(yield);
  for (auto [each, table] : llvm::zip(kept, keptTables))
    tables.store(each.first, table, loop.getInductionVar());
  for (auto [i, each] : llvm::enumerate(handedOn))
    yield->setOperand(i, each.first);
}

/// Where neither a round nor the loop reads it.
void RoundLoop::replaceOutside(Value value, Value replacement, scf::ForOp loop) {
  value.replaceUsesWithIf(replacement, [&](OpOperand &use) {
    Operation *top = loop->getBlock()->findAncestorOpInBlock(*use.getOwner());
    return top != loop && !rounds.places.contains(top);
  });
}

void RoundLoop::replaceBehind(scf::ForOp loop) {
  b.setInsertionPointAfter(loop);
  for (auto [i, each] : llvm::enumerate(handedOn))
    replaceOutside(valueOf(each.first, count() - 1), loop.getResult(i), loop);
  for (auto [each, table] : llvm::zip(kept, keptTables))
    for (unsigned round : each.rounds) {
      Value place = arith::ConstantIndexOp::create(b, round);
      replaceOutside(valueOf(each.first, round), tables.load(table, each.first.getType(), place),
                     loop);
    }
}

void RoundLoop::eraseOthers() {
  for (ArrayRef<Operation *> round : llvm::reverse(ArrayRef(rounds.rounds).drop_front()))
    for (Operation *op : llvm::reverse(round))
      op->erase();
}

bool RoundLoop::build() {
  findHandedOn();
  for (const RoundOperand &operand : operands)
    if (operand.kind == RoundOperand::Kind::Varied)
      tables.plan(operand);
  if (!isWorthIt())
    return false;
  nameAfterAll(rounds);
  tables.fill();
  for (const Kept &each : kept)
    keptTables.push_back(tables.make(each.first.getType()));
  scf::ForOp loop = startLoop();
  moveBody(loop);
  replaceBehind(loop);
  eraseOthers();
  return true;
}
