// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strongly connected components of the graph of operations and states, where a state depends on its
// next value, and what uses it on the state.
#include "lib/Recurrence/ScanParts.h"

#include "llvm/ADT/GraphTraits.h"
#include "llvm/ADT/SCCIterator.h"

using namespace mlir;
using namespace retort;

namespace {
struct PartNode {
  Operation *op = nullptr;
  int state = -1;
  std::vector<PartNode *> uses; // what depends on it
  unsigned part = 0;
};
} // namespace

template <> struct llvm::GraphTraits<PartNode *> {
  using NodeRef = PartNode *;
  using ChildIteratorType = std::vector<PartNode *>::iterator;
  static NodeRef getEntryNode(PartNode *node) { return node; }
  static ChildIteratorType child_begin(NodeRef node) { return node->uses.begin(); }
  static ChildIteratorType child_end(NodeRef node) { return node->uses.end(); }
};

namespace {
class PartFinder {
public:
  explicit PartFinder(ScanBody &body) : body(body) {}
  std::vector<ScanPart> run();

private:
  void makeNodes();
  void findComponents();
  std::vector<unsigned> inOrder();
  void absorbReads(std::vector<ScanPart> &ordered);
  PartNode *nodeOf(Value value);

  ScanBody &body;
  std::vector<std::unique_ptr<PartNode>> nodes;
  DenseMap<Operation *, PartNode *> ofOperation;
  DenseMap<Value, PartNode *> ofState;
  PartNode root;
  std::vector<ScanPart> parts;
  std::vector<llvm::SmallSetVector<unsigned, 8>> after; // parts that depend on one
};
} // namespace

PartNode *PartFinder::nodeOf(Value value) {
  if (Operation *op = value.getDefiningOp())
    return ofOperation.lookup(op);
  return ofState.lookup(value);
}

void PartFinder::makeNodes() {
  for (Operation &op : body.block().without_terminator()) {
    nodes.push_back(std::make_unique<PartNode>());
    nodes.back()->op = &op;
    ofOperation[&op] = nodes.back().get();
  }
  for (auto [i, state] : llvm::enumerate(body.states()))
    if (!state.isParted()) {
      nodes.push_back(std::make_unique<PartNode>());
      nodes.back()->state = int(i);
      ofState[state.value] = nodes.back().get();
    }
  for (auto &node : nodes) {
    root.uses.push_back(node.get());
    if (node->op)
      for (Value operand : node->op->getOperands())
        if (PartNode *source = nodeOf(operand))
          source->uses.push_back(node.get());
    if (node->state >= 0)
      if (PartNode *source = nodeOf(body.next(node->state)))
        source->uses.push_back(node.get());
  }
}

void PartFinder::findComponents() {
  for (auto it = llvm::scc_begin(&root); !it.isAtEnd(); ++it) {
    if (it->front() == &root)
      continue;
    ScanPart part;
    part.isRecurrent = it->size() > 1 || llvm::is_contained(it->front()->uses, it->front());
    for (PartNode *node : *it) {
      node->part = parts.size();
      if (node->op)
        part.operations.push_back(node->op);
      else
        part.states.push_back(node->state);
    }
    llvm::sort(part.operations, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    llvm::sort(part.states);
    parts.push_back(std::move(part));
  }
  after.resize(parts.size());
  for (auto &node : nodes)
    for (PartNode *use : node->uses)
      if (use->part != node->part)
        after[node->part].insert(use->part);
}

std::vector<unsigned> PartFinder::inOrder() {
  std::vector<unsigned> waitsFor(parts.size()), order;
  for (auto &uses : after)
    for (unsigned use : uses)
      ++waitsFor[use];
  std::vector<unsigned> ready, recurrent;
  auto release = [&](unsigned part) {
    (parts[part].isRecurrent ? recurrent : ready).push_back(part);
  };
  for (unsigned i = parts.size(); i-- > 0;) // components come from last to first
    if (waitsFor[i] == 0)
      release(i);
  while (!ready.empty() || !recurrent.empty()) {
    std::vector<unsigned> &from = ready.empty() ? recurrent : ready;
    unsigned part = from.back();
    from.pop_back();
    order.push_back(part);
    for (unsigned use : after[part])
      if (--waitsFor[use] == 0)
        release(use);
  }
  return order;
}

/// 0: not known.
static int64_t elementsOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  int64_t count = type ? 1 : 0;
  for (int64_t size : type ? type.getShape() : ArrayRef<int64_t>())
    count *= ShapedType::isDynamic(size) ? 1 : size;
  return count;
}

void PartFinder::absorbReads(std::vector<ScanPart> &ordered) {
  DenseMap<Operation *, unsigned> place;
  DenseMap<Value, unsigned> placeOfState;
  for (auto [i, part] : llvm::enumerate(ordered)) {
    for (Operation *op : part.operations)
      place[op] = i;
    for (unsigned state : part.states)
      placeOfState[body.states()[state].value] = i;
  }
  auto placeOf = [&](Value value) -> int64_t {
    if (Operation *op = value.getDefiningOp())
      return place.count(op) ? int64_t(place[op]) : -1;
    return placeOfState.count(value) ? int64_t(placeOfState[value]) : -1;
  };
  // Of what moves or multiplies a state, all the same: what follows may give less.
  for (unsigned i = 0; i < ordered.size(); ++i) {
    if (!ordered[i].isRecurrent)
      continue;
    for (unsigned j = i + 1; j < ordered.size(); ++j) {
      ScanPart &other = ordered[j];
      if (other.isRecurrent || other.operations.size() != 1)
        continue;
      Operation *op = other.operations.front();
      int64_t most = 0;
      bool isFree = true;
      for (Value operand : op->getOperands()) {
        int64_t at = placeOf(operand);
        isFree &= at <= int64_t(i);
        if (at == int64_t(i))
          most = std::max(most, elementsOf(operand));
      }
      int64_t given = 0;
      for (Value result : op->getResults())
        given = std::max(given, elementsOf(result));
      bool feedsReduction = given <= most && llvm::all_of(op->getUsers(), [&](Operation *user) {
                              return user->getNumResults() == 1 &&
                                     user != body.block().getTerminator() &&
                                     elementsOf(user->getResult(0)) < given;
                            });
      if (!isFree || most == 0 || !(given < most || feedsReduction))
        continue;
      ordered[i].operations.push_back(op);
      place[op] = i;
      other.operations.clear();
    }
    llvm::sort(ordered[i].operations,
               [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  }
}

std::vector<ScanPart> PartFinder::run() {
  makeNodes();
  findComponents();
  std::vector<ScanPart> ordered;
  for (unsigned part : inOrder())
    ordered.push_back(parts[part]);
  absorbReads(ordered);
  llvm::erase_if(ordered,
                 [](ScanPart &part) { return part.operations.empty() && part.states.empty(); });
  return ordered;
}

std::vector<ScanPart> retort::findScanParts(ScanBody &body) { return PartFinder(body).run(); }
