// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compares what recognition made of a fused attention with what methods made of that: where only
// numbers of heads differ, the node stays.
//
//   GroupQueryAttention(%q, %k, %v) {num_heads = 8, kv_num_heads = 4}
//   ==> GroupQueryAttention(%q, %k, %v) {num_heads = 6, kv_num_heads = 3}
#include "lib/Export/FusedHeads.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace {
class HeadComparison {
public:
  HeadComparison(const SourceMap &before, const SourceMap &after) : before(before), after(after) {
    for (auto [value, source] : before.values)
      old[source] = value;
    for (auto [value, source] : after.values)
      now[source] = value;
  }
  /// Whether a node needs other numbers of heads alone; says them.
  bool adapt(Operation *node);

private:
  bool areSame(Value was, Value is);
  bool computeSame(Value was, Value is);
  bool areCounts(Operation *was, Operation *is) const;
  void countHeads(llm::AttentionOp was, llm::AttentionOp is);

  const SourceMap &before, &after;
  llvm::DenseMap<Value, Value> old, now;
  /// What may be another number: heads, groups, and widths of all of them.
  SmallVector<std::pair<int64_t, int64_t>> counts;
};
} // namespace

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }
static int64_t headsOf(Value value) { return typeOf(value).getDimSize(1); }
static int64_t widthOf(Value value) { return typeOf(value).getShape().back(); }

/// The attention whose result a value holds, moved alone.
static llm::AttentionOp attentionBehind(Value value) {
  for (Operation *op = value ? value.getDefiningOp() : nullptr; op;
       op = op->getOperand(0).getDefiningOp()) {
    if (auto attention = dyn_cast<llm::AttentionOp>(op))
      return attention;
    if (!isa<onnx::ReshapeOp, onnx::TransposeOp>(op))
      break;
  }
  return {};
}

void HeadComparison::countHeads(llm::AttentionOp was, llm::AttentionOp is) {
  auto widths = [](llm::AttentionOp op) {
    int64_t heads = headsOf(op.getQuery()), groups = headsOf(op.getKey()),
            queries = heads * widthOf(op.getQuery()), keys = groups * widthOf(op.getKey()),
            values = groups * widthOf(op.getValue());
    return SmallVector<int64_t>{heads,          groups,
                                queries,        keys,
                                values,         heads * widthOf(op.getValue()),
                                queries + keys, queries + keys + values};
  };
  counts.clear();
  for (auto pair : llvm::zip(widths(was), widths(is)))
    counts.push_back({std::get<0>(pair), std::get<1>(pair)});
}

bool HeadComparison::areCounts(Operation *was, Operation *is) const {
  auto first = integersOf(was->getResult(0)), second = integersOf(is->getResult(0));
  return first && second && first->size() == second->size() &&
         llvm::all_of(llvm::zip(*first, *second), [&](auto pair) {
           auto [a, b] = pair;
           return a == b || llvm::is_contained(counts, std::pair(a, b));
         });
}

bool HeadComparison::computeSame(Value was, Value is) {
  auto first = dyn_cast<OpResult>(was), second = dyn_cast<OpResult>(is);
  if (!first || !second || first.getResultNumber() != second.getResultNumber())
    return false;
  Operation *a = first.getOwner(), *b = second.getOwner();
  if (a->getName() != b->getName() || a->getNumOperands() != b->getNumOperands() ||
      a->getNumRegions() != 0 || b->getNumRegions() != 0)
    return false;
  bool isSame =
      a->getName().compareOpProperties(a->getPropertiesStorage(), b->getPropertiesStorage());
  if (!isSame && !(isa<onnx::ConstantOp>(a) && areCounts(a, b)))
    return false;
  return llvm::all_of(llvm::zip(a->getOperands(), b->getOperands()),
                      [&](auto pair) { return areSame(std::get<0>(pair), std::get<1>(pair)); });
}

bool HeadComparison::areSame(Value was, Value is) {
  Value first = before.values.lookup(was), second = after.values.lookup(is);
  return first || second ? first == second : computeSame(was, is);
}

/// The attributes of fused attention that say how many heads there are.
static void setHeads(Operation *node, llm::AttentionOp now) {
  int64_t heads = headsOf(now.getQuery()), groups = headsOf(now.getKey());
  Builder builder(node->getContext());
  auto set = [&](StringRef name, int64_t number) {
    if (node->hasAttr(name))
      node->setAttr(name, builder.getIntegerAttr(builder.getIntegerType(64), number));
  };
  for (StringRef name : {"num_heads", "q_num_heads"})
    set(name, heads);
  set("kv_num_heads", groups);
  int64_t queries = heads * widthOf(now.getQuery()), keys = groups * widthOf(now.getKey()),
          values = groups * widthOf(now.getValue());
  if (node->hasAttr("qkv_hidden_sizes"))
    node->setAttr("qkv_hidden_sizes", builder.getDenseI64ArrayAttr({queries, keys, values}));
}

bool HeadComparison::adapt(Operation *node) {
  llm::AttentionOp was = attentionBehind(old.lookup(node->getResult(0))),
                   is = attentionBehind(now.lookup(node->getResult(0)));
  bool isMulti = isa<onnx::MicrosoftMultiHeadAttentionOp, onnx::MicrosoftAttentionOp>(node);
  if (!was || !is || (isMulti && headsOf(is.getQuery()) != headsOf(is.getKey())))
    return false;
  countHeads(was, is);
  for (Value result : node->getResults()) {
    Value first = old.lookup(result), second = now.lookup(result);
    if ((first || second) && !(first && second && computeSame(first, second)))
      return false;
  }
  setHeads(node, is);
  return true;
}

void retort::adaptFusedHeads(func::FuncOp source, const SourceMap &before, const SourceMap &after,
                             llvm::DenseSet<Value> &changed) {
  HeadComparison comparison(before, after);
  source.walk([&](Operation *op) {
    bool isFused = isa<onnx::AttentionOp, onnx::MicrosoftGroupQueryAttentionOp,
                       onnx::MicrosoftMultiHeadAttentionOp, onnx::MicrosoftAttentionOp>(op);
    bool isChanged = llvm::any_of(op->getResults(), [&](Value v) { return changed.contains(v); });
    if (isFused && isChanged && comparison.adapt(op))
      for (Value result : op->getResults())
        changed.erase(result);
  });
}
