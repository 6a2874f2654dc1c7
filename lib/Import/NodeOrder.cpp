// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Orders nodes by what they read. Works on bytes: the operations do not exist yet.
#include "lib/Import/NodeOrder.h"
#include "dialects/Onnx/Wire/Fields.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

using Names = SmallVector<StringRef>;

/// Visits the fields of a message that hold bytes, as long as it is well-formed.
static void forEachBytes(MessageKind kind, StringRef message,
                         llvm::function_ref<void(StringRef, StringRef)> visit) {
  WireReader reader(message);
  WireField wire;
  while (!reader.atEnd() && reader.read(wire))
    if (const Field *field = findField(kind, wire.number); field && wire.type == WireType::Bytes)
      visit(field->name, wire.bytes);
}

static void collectOfNode(StringRef node, Names &reads, Names &defines, unsigned depth);

/// The names that a graph reads from the graphs around it.
static void collectOfGraph(StringRef graph, Names &reads, unsigned depth) {
  if (depth > deepestGraph)
    return;
  Names inner, own;
  auto nameOf = [&](MessageKind kind, StringRef message) {
    forEachBytes(kind, message, [&](StringRef field, StringRef bytes) {
      if (field == "name")
        own.push_back(bytes);
    });
  };
  forEachBytes(MessageKind::GraphProto, graph, [&](StringRef field, StringRef bytes) {
    if (field == "node")
      collectOfNode(bytes, inner, own, depth);
    else if (field == "initializer")
      nameOf(MessageKind::TensorProto, bytes);
    else if (field == "input")
      nameOf(MessageKind::ValueInfoProto, bytes);
    else if (field == "output") // it may be a value of the graph around it
      forEachBytes(MessageKind::ValueInfoProto, bytes, [&](StringRef field, StringRef name) {
        if (field == "name")
          inner.push_back(name);
      });
  });
  llvm::StringSet<> hidden;
  for (StringRef name : own)
    hidden.insert(name);
  llvm::copy_if(inner, std::back_inserter(reads),
                [&](StringRef name) { return !hidden.contains(name); });
}

static void collectOfNode(StringRef node, Names &reads, Names &defines, unsigned depth) {
  auto collectOfAttribute = [&](StringRef field, StringRef bytes) {
    if (field == "g")
      collectOfGraph(bytes, reads, depth + 1);
  };
  forEachBytes(MessageKind::NodeProto, node, [&](StringRef field, StringRef bytes) {
    if (field == "input" && !bytes.empty())
      reads.push_back(bytes);
    else if (field == "output" && !bytes.empty())
      defines.push_back(bytes);
    else if (field == "attribute")
      forEachBytes(MessageKind::AttributeProto, bytes, collectOfAttribute);
  });
}

/// Depth first over what each node reads, with a stack of its own: a chain may be as long as the
/// file.
SmallVector<unsigned> retort::definitionsFirst(ArrayRef<StringRef> nodes) {
  llvm::StringMap<unsigned> definer;
  SmallVector<Names> reads(nodes.size());
  for (auto [i, node] : llvm::enumerate(nodes)) {
    Names defines;
    collectOfNode(node, reads[i], defines, 0);
    for (StringRef name : defines)
      definer.try_emplace(name, i);
  }
  SmallVector<unsigned> order;
  SmallVector<char> seen(nodes.size());
  for (unsigned root = 0; root < nodes.size(); ++root) {
    SmallVector<std::pair<unsigned, unsigned>> stack; // node, next of its reads
    if (!seen[root])
      stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto &[node, next] = stack.back();
      seen[node] = true;
      if (next == reads[node].size()) {
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      auto found = definer.find(reads[node][next++]);
      if (found != definer.end() && !seen[found->second])
        stack.emplace_back(found->second, 0);
    }
  }
  return order;
}
