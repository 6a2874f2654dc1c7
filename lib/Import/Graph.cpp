// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GraphProto: its inputs become arguments of a block, its initializers and nodes operations. All
// other fields stay as they are.
#include "dialects/Onnx/ElementType.h"
#include "lib/Import/Importer.h"
#include "lib/Import/NodeOrder.h"
#include "lib/Import/ValueType.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr MessageKind kind = MessageKind::GraphProto;

FailureOr<GraphParts> Importer::splitGraph(StringRef bytes) {
  GraphParts parts;
  auto visit = [&](StringRef name, const WireField &wire) -> LogicalResult {
    SmallVectorImpl<StringRef> *list = nullptr;
    if (name == "node")
      list = &parts.nodes;
    else if (name == "initializer")
      list = &parts.initializers;
    else if (name == "sparse_initializer")
      list = &parts.sparseInitializers;
    if (!list)
      return keepField(kind, wire, "a graph", parts.fields);
    if (wire.type != WireType::Bytes)
      return failMalformed("a graph");
    list->push_back(wire.bytes);
    return success();
  };
  if (failed(forEachField(kind, bytes, "a graph", visit)))
    return failure();
  return parts;
}

LogicalResult Importer::define(Scope &scope, StringRef name, Value value) {
  if (!scope.values.try_emplace(name, value).second)
    return fail("two values have the name '" + name + "'");
  return success();
}

/// Its values and indices stay in the message: no operation computes on them until they are made
/// dense.
LogicalResult Importer::importSparse(StringRef bytes, Scope &scope) {
  MessageAttr content = decodeMessage(context, MessageKind::SparseTensorProto, bytes);
  auto values = content ? dyn_cast_or_null<MessageAttr>(content.get("values")) : MessageAttr();
  if (!values)
    return failMalformed("a sparse initializer");
  StringRef name = values.getString("name");
  auto number = dyn_cast_or_null<IntegerAttr>(values.get("data_type"));
  Type element = number ? elementTypeOf(context, number.getValue().getZExtValue()) : Type();
  if (!element)
    return fail("sparse initializer '" + name + "' has an unknown type");
  SmallVector<int64_t> sizes;
  for (NamedAttribute field : content.getFields())
    if (auto size = dyn_cast<IntegerAttr>(field.getValue()); size && field.getName() == "dims")
      sizes.push_back(int64_t(size.getValue().getZExtValue()));
  if (llvm::any_of(sizes, [](int64_t size) { return size < 0; }))
    return fail("sparse initializer '" + name + "' has impossible dimensions");
  auto op = SparseInitializerOp::create(builder, NameLoc::get(builder.getStringAttr(name), place),
                                        RankedTensorType::get(sizes, element),
                                        builder.getStringAttr(name), content);
  return define(scope, name, op.getResult());
}

LogicalResult Importer::importConstants(GraphParts &parts, Scope &scope) {
  for (StringRef bytes : parts.initializers) {
    auto tensor = tensors.import(bytes, /*keepName=*/false);
    if (!tensor)
      return fail(toString(tensor.takeError()));
    StringAttr name = builder.getStringAttr(tensor->name);
    auto op = InitializerOp::create(builder, NameLoc::get(name, place), tensor->value.getType(),
                                    name, tensor->value, tensor->encoding);
    if (failed(define(scope, tensor->name, op.getResult())))
      return failure();
  }
  for (StringRef bytes : parts.sparseInitializers)
    if (failed(importSparse(bytes, scope)))
      return failure();
  return success();
}

LogicalResult Importer::importBody(GraphParts &parts, Block *block, Scope &scope,
                                   SmallVectorImpl<Value> &outputs, unsigned depth) {
  if (depth > deepestGraph)
    return fail("its graphs nest more than " + Twine(deepestGraph) + " deep");
  if (failed(importConstants(parts, scope)))
    return failure();
  for (NamedAttribute field : parts.fields) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    StringRef name = info ? info.getString("name") : "";
    if (info && (field.getName() == "output" || field.getName() == "value_info"))
      scope.types[name] = valueType(context, info);
    // An input that an initializer defines has a default: it is a constant here.
    if (!info || field.getName() != "input" || isa_and_nonnull<OpResult>(scope.values.lookup(name)))
      continue;
    if (failed(define(scope, name, block->addArgument(valueType(context, info), place))))
      return failure();
  }
  SmallVector<unsigned> order = definitionsFirst(parts.nodes);
  bool isSorted = llvm::is_sorted(order);
  for (unsigned position : order) {
    if (failed(importNode(parts.nodes[position], scope, depth)))
      return failure();
    if (!isSorted)
      block->back().setAttr("onnx.position", builder.getI64IntegerAttr(position));
  }
  for (NamedAttribute field : parts.fields) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    if (!info || field.getName() != "output")
      continue;
    StringRef name = info.getString("name");
    if (name.empty())
      return fail("an output of the graph has no name");
    outputs.push_back(scope.find(name));
    if (!outputs.back())
      return fail("output '" + name + "' of the graph is defined nowhere");
  }
  return success();
}
