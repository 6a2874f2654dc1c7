// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compares a function with what it was.
#include "lib/Export/ChangedValues.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

bool ChangedValues::isComputedSame(Value old, Value now) {
  auto oldResult = dyn_cast<OpResult>(old), nowResult = dyn_cast<OpResult>(now);
  return oldResult && nowResult && oldResult.getResultNumber() == nowResult.getResultNumber() &&
         computeSame(oldResult.getOwner(), nowResult.getOwner());
}

/// Whether no value is of both types: one may know a size that the other leaves open.
static bool haveOtherSizes(Value old, Value now) {
  auto first = dyn_cast<RankedTensorType>(old.getType()),
       second = dyn_cast<RankedTensorType>(now.getType());
  return first && second && failed(verifyCompatibleShape(first, second));
}

bool ChangedValues::areSame(Value old, Value now) {
  Value oldSource = before.values.lookup(old), nowSource = after.values.lookup(now);
  if (oldSource || nowSource)
    return oldSource == nowSource;
  if (auto argument = dyn_cast<BlockArgument>(now))
    return arguments.lookup(argument) == old;
  // Of a smaller value the file may name sizes that nothing here names.
  return !haveOtherSizes(old, now) && isComputedSame(old, now);
}

bool ChangedValues::computeSame(Operation *old, Operation *now) {
  auto found = known.find({old, now});
  if (found != known.end())
    return found->second;
  bool same =
      old->getName() == now->getName() && old->getNumOperands() == now->getNumOperands() &&
      old->getNumResults() == now->getNumResults() &&
      old->getNumRegions() == now->getNumRegions() &&
      old->getName().compareOpProperties(old->getPropertiesStorage(),
                                         now->getPropertiesStorage()) &&
      llvm::all_of(llvm::zip(old->getOperands(), now->getOperands()),
                   [&](auto pair) { return areSame(std::get<0>(pair), std::get<1>(pair)); }) &&
      haveSameGraphs(old, now);
  return known[{old, now}] = same;
}

/// What the graphs of a node of the source compute is compared value by value.
bool ChangedValues::haveSameGraphs(Operation *old, Operation *now) {
  for (auto [oldGraph, nowGraph] : llvm::zip(old->getRegions(), now->getRegions())) {
    if (oldGraph.empty() != nowGraph.empty())
      return false;
    if (oldGraph.empty() || after.blocks.count(&nowGraph.front()))
      continue;
    Block &oldBlock = oldGraph.front(), &nowBlock = nowGraph.front();
    if (oldBlock.getNumArguments() != nowBlock.getNumArguments())
      return false;
    for (auto [a, b] : llvm::zip(oldBlock.getArguments(), nowBlock.getArguments()))
      arguments[b] = a;
    if (!computeSame(oldBlock.getTerminator(), nowBlock.getTerminator()))
      return false;
  }
  return true;
}

static bool isConstant(Operation *op) {
  return op && isa<onnx::InitializerOp, onnx::ConstantOp>(op);
}

namespace {
/// Whether values of the source are computed of changed ones.
class Dependence {
public:
  explicit Dependence(const llvm::DenseSet<Value> &changed) : changed(changed) {}

  bool dependsOnChange(Value value) {
    if (changed.contains(value))
      return true;
    Operation *op = value.getDefiningOp();
    if (!op)
      return false;
    auto [entry, isNew] = known.try_emplace(op, false);
    if (!isNew)
      return entry->second;
    bool depends = false;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        depends = depends || dependsOnChange(operand);
    });
    return known[op] = depends;
  }

private:
  const llvm::DenseSet<Value> &changed;
  llvm::DenseMap<Operation *, bool> known;
};
} // namespace

/// Whether the file computes a value as `op` does: by the same operation, of the same values.
static bool isWrittenSo(Value source, Operation *op, const SourceMap &after) {
  Operation *written = source.getDefiningOp();
  if (!written || written->getName() != op->getName() ||
      written->getNumOperands() != op->getNumOperands())
    return false;
  return llvm::all_of(llvm::zip(written->getOperands(), op->getOperands()), [&](auto pair) {
    return std::get<0>(pair) == after.values.lookup(std::get<1>(pair));
  });
}

llvm::DenseSet<Value> retort::changedValues(func::FuncOp now, const SourceMap &before,
                                            const SourceMap &after, ChangedValues &compare) {
  llvm::DenseMap<Value, Value> old;
  for (auto [value, source] : before.values)
    old[source] = value;
  llvm::DenseSet<Value> changed;
  SmallVector<Value> folded;
  now.walk([&](Operation *op) {
    if (op->use_empty())
      return;
    for (Value result : op->getResults()) {
      Value source = after.values.lookup(result), was = source ? old.lookup(source) : Value();
      // What a smaller value stands for in the file may name its sizes.
      bool isSmaller =
          was && haveOtherSizes(was, result) && !isConstant(op) && !isWrittenSo(source, op, after);
      if (!source || (was && !isSmaller && compare.isComputedSame(was, result))) {
        if (source && isConstant(op) && !isConstant(source.getDefiningOp()))
          folded.push_back(source);
        continue;
      }
      changed.insert(source);
    }
  });
  SmallVector<Value> followers;
  Dependence dependence(changed);
  for (Value source : folded)
    if (dependence.dependsOnChange(source))
      followers.push_back(source);
  changed.insert(followers.begin(), followers.end());
  return changed;
}
