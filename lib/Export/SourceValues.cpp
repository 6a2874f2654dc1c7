// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binds values to those of the source.
#include "lib/Export/SourceValues.h"
#include "dialects/Onnx/ValueNames.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace retort;

SourceValues::SourceValues(func::FuncOp source) : source(source) {
  source.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (StringRef name = onnx::valueName(result); !name.empty())
        named[name].push_back(result);
  });
}

Value SourceValues::find(StringRef name, Block *block) const {
  auto entry = named.find(name);
  if (entry == named.end() || !block)
    return {};
  ArrayRef<Value> values = entry->second;
  const Value *here =
      llvm::find_if(values, [&](Value value) { return value.getParentBlock() == block; });
  if (here != values.end())
    return *here;
  // A branch that was taken at compile time is no graph any more. The other way, what was copied
  // into branches is not what it was.
  Value sole = values.front();
  bool isInside = block->getParent()->isAncestor(sole.getParentRegion());
  return values.size() == 1 && isInside ? sole : Value();
}

namespace {
class Binder {
public:
  Binder(function_ref<Value(StringRef, Block *)> find, SourceMap &map) : find(find), map(map) {}

  /// Of a function from which arguments were removed, by their names.
  void bindArguments(Block *block, Block *source) {
    llvm::StringMap<Value> named;
    for (Value original : source->getArguments())
      named[onnx::valueName(original)] = original;
    for (Value argument : block->getArguments())
      if (Value original = named.lookup(onnx::valueName(argument)))
        map.values[argument] = original;
  }

  void bind(Block *block, Block *source) {
    bool isFunction = source && isa<func::FuncOp>(source->getParentOp());
    if (isFunction && block->getNumArguments() != source->getNumArguments()) {
      map.blocks[block] = source;
      bindArguments(block, source);
      for (Operation &op : *block)
        bind(&op, source);
      return;
    }
    // What is in a graph with other arguments may depend on those: it is another graph.
    if (source && block->getNumArguments() != source->getNumArguments())
      source = nullptr;
    if (source) {
      map.blocks[block] = source;
      for (auto [argument, original] : llvm::zip(block->getArguments(), source->getArguments()))
        map.values[argument] = original;
    }
    for (Operation &op : *block)
      bind(&op, source);
  }

private:
  void bind(Operation *op, Block *source) {
    for (Value result : op->getResults())
      if (StringRef name = onnx::valueName(result); !name.empty())
        if (Value original = find(name, source); original && taken.insert(original).second)
          map.values[result] = original;
    if (op->getNumRegions() == 0)
      return;
    // The graphs of the same node correspond.
    Value first = op->getNumResults() ? map.values.lookup(op->getResult(0)) : Value();
    Operation *node = first ? first.getDefiningOp() : nullptr;
    bool corresponds =
        node && node->getName() == op->getName() && node->getNumRegions() == op->getNumRegions();
    for (auto [i, region] : llvm::enumerate(op->getRegions()))
      if (!region.empty())
        bind(&region.front(),
             corresponds && !node->getRegion(i).empty() ? &node->getRegion(i).front() : nullptr);
  }

  function_ref<Value(StringRef, Block *)> find;
  SourceMap &map;
  llvm::DenseSet<Value> taken;
};
} // namespace

SourceMap SourceValues::bind(func::FuncOp function, const SourceMap *before) const {
  SourceMap map;
  llvm::DenseSet<Value> known;
  if (before)
    for (auto [value, original] : before->values)
      known.insert(original);
  auto search = [&](StringRef name, Block *block) {
    Value found = find(name, block);
    return !before || known.contains(found) ? found : Value();
  };
  func::FuncOp original = source;
  Binder(search, map).bind(&function.front(), &original.front());
  return map;
}
