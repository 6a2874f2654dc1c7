// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ModelProto: its graph becomes the function 'main', its other fields an attribute of the module.
#include "lib/Import/Importer.h"
#include "lib/Import/ValueType.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Names of inputs and outputs, and of their sizes, as attributes of arguments and results.
static void nameInterface(func::FuncOp function, ArrayRef<NamedAttribute> fields,
                          const Scope &scope) {
  Builder builder(function.getContext());
  unsigned argument = 0, result = 0;
  for (NamedAttribute field : fields) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    bool isInput = field.getName() == "input", isOutput = field.getName() == "output";
    if (!info || !(isInput || isOutput))
      continue;
    StringAttr name = builder.getStringAttr(info.getString("name"));
    if (isInput && !isa<BlockArgument>(scope.find(name)))
      continue;
    SmallVector<Attribute> dims;
    valueType(function.getContext(), info, &dims);
    NamedAttrList attributes;
    attributes.append("onnx.name", name);
    attributes.append("onnx.dims", builder.getArrayAttr(dims));
    if (isInput)
      function.setArgAttrs(argument++, attributes);
    else
      function.setResultAttrs(result++, attributes.getAttrs());
  }
}

LogicalResult Importer::importMain(ModuleOp module, StringRef bytes) {
  auto parts = splitGraph(bytes);
  if (failed(parts))
    return failure();
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, place, "main", builder.getFunctionType({}, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  Scope scope;
  SmallVector<Value> outputs;
  if (failed(importBody(*parts, block, scope, outputs, 0)))
    return failure();
  func::ReturnOp::create(builder, place, outputs);
  function.setType(
      builder.getFunctionType(block->getArgumentTypes(), ValueRange(outputs).getTypes()));
  function->setAttr("onnx.graph", MessageAttr::get(context, parts->fields));
  nameInterface(function, parts->fields, scope);
  return success();
}

OwningOpRef<ModuleOp> Importer::importModel(StringRef bytes) {
  constexpr MessageKind kind = MessageKind::ModelProto;
  OwningOpRef<ModuleOp> module = ModuleOp::create(place);
  SmallVector<NamedAttribute> fields;
  std::optional<StringRef> graph;
  auto visit = [&](StringRef name, const WireField &wire) -> LogicalResult {
    if (name != "graph" || wire.type != WireType::Bytes)
      return keepField(kind, wire, "it", fields);
    if (graph)
      return fail("is not an ONNX model: it has two graphs");
    graph = wire.bytes;
    return success();
  };
  if (failed(forEachField(kind, bytes, "it", visit)))
    return nullptr;
  if (!graph)
    return (void)fail("is not an ONNX model: it has no graph"), nullptr;
  if (failed(importMain(*module, *graph)))
    return nullptr;
  (*module)->setAttr("onnx.model", MessageAttr::get(context, fields));
  // The export asks whether all of them are still there.
  NamedAttrList outside;
  for (auto &[location, count] : tensors.outside())
    outside.append(location, builder.getI64IntegerAttr(count));
  if (!outside.empty())
    (*module)->setAttr("onnx.external_tensors", outside.getDictionary(context));
  return module;
}
