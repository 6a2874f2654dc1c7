// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a graph can be cut so that one value is all that goes on.
//
// 1. Forwards: what is carried. 2. Backwards from the end: the operations on the way. 3. In their
// order, a value is a cut where no operation behind it reads what was carried before it. Any order
// will do: all ways lead through a cut, so each operation on a way is before or behind it.
#include "lib/Analysis/GraphCuts.h"
#include "lib/Analysis/HotValues.h"

#include "dialects/Onnx/Weights.h"

#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;

SmallVector<Value> retort::valuesReadBy(Operation *op) {
  llvm::SetVector<Value> read;
  read.insert(op->operand_begin(), op->operand_end());
  if (op->getNumRegions())
    getUsedValuesDefinedAbove(op->getRegions(), read);
  return read.takeVector();
}

GraphCuts::GraphCuts(func::FuncOp function, Value end) : body(&function.getBody().front()) {
  findCarried(function);
  if (!isCarried(end))
    return;
  findWay(function, end);
  size_t farthest = 0; // that reads what was carried so far
  for (auto [place, op] : llvm::enumerate(way)) {
    SmallVector<Value> results;
    size_t last = place;
    for (Value result : op->getResults())
      for (OpOperand &use : result.getUses()) {
        Operation *reader = body->findAncestorOpInBlock(*use.getOwner());
        if (auto at = places.find(reader); at != places.end())
          last = std::max(last, at->second);
        else if (result != end || !reader->hasTrait<OpTrait::IsTerminator>())
          continue;
        if (!llvm::is_contained(results, result))
          results.push_back(result);
      }
    if (farthest <= place && results.size() == 1) {
      found.push_back(results.front());
      foundPlaces.push_back(place);
    }
    farthest = std::max(farthest, last);
  }
}

void GraphCuts::findCarried(func::FuncOp function) {
  HotValues hot(function);
  llvm::DenseSet<Value> heavy; // depends on a large constant
  auto isAny = [](const llvm::DenseSet<Value> &set) {
    return [&set](Value value) { return set.contains(value); };
  };
  for (Operation &op : function.getBody().front()) {
    SmallVector<Value> read = valuesReadBy(&op);
    bool isConstant = read.empty() && llvm::any_of(op.getResultTypes(),
                                                   [](Type type) { return onnx::isLarge(type); }),
         isHeavy = isConstant || llvm::any_of(read, isAny(heavy)),
         isHot = llvm::any_of(op.getResults(), [&](Value value) { return hot.isHot(value); });
    if (llvm::any_of(read, isAny(carried)) || (isHot && isHeavy))
      carried.insert(op.result_begin(), op.result_end());
    if (isHeavy)
      heavy.insert(op.result_begin(), op.result_end());
  }
}

void GraphCuts::findWay(func::FuncOp function, Value end) {
  llvm::DenseSet<Operation *> wanted;
  SmallVector<Operation *> open{end.getDefiningOp()};
  while (!open.empty()) {
    Operation *op = open.pop_back_val();
    if (!wanted.insert(op).second)
      continue;
    for (Value value : valuesReadBy(op))
      if (isCarried(value))
        open.push_back(value.getDefiningOp());
  }
  for (Operation &op : function.getBody().front())
    if (wanted.contains(&op)) {
      places[&op] = way.size();
      way.push_back(&op);
    }
}

std::optional<size_t> GraphCuts::segmentOf(Operation *op) const {
  Operation *ancestor = body->findAncestorOpInBlock(*op);
  auto place = ancestor ? places.find(ancestor) : places.end();
  if (place == places.end())
    return std::nullopt;
  return llvm::lower_bound(foundPlaces, place->second) - foundPlaces.begin();
}

GraphCuts::Bypass GraphCuts::whyNot(Value value) const {
  auto place = places.find(value.getDefiningOp());
  if (place == places.end() || llvm::is_contained(found, value))
    return {};
  for (Operation *reader : ArrayRef(way).drop_front(place->second + 1))
    for (Value other : valuesReadBy(reader))
      if (auto made = places.find(other.getDefiningOp());
          other != value && made != places.end() && made->second <= place->second)
        return {reader, other};
  return {};
}
