// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The block of a graph as GraphProto: operations as nodes and initializers, and what the file says
// of its values, where it still holds.
#include "lib/Export/Exporter.h"
#include "lib/Export/ValueInfo.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static ArrayRef<NamedAttribute> fieldsOf(MessageAttr message) {
  return message ? message.getFields() : ArrayRef<NamedAttribute>();
}

/// The ValueInfoProtos of a kind, `input`, `output` or `value_info`.
static SmallVector<MessageAttr> infosOf(MessageAttr content, StringRef kind) {
  SmallVector<MessageAttr> infos;
  for (NamedAttribute field : fieldsOf(content))
    if (auto info = dyn_cast<MessageAttr>(field.getValue()); info && field.getName() == kind)
      infos.push_back(info);
  return infos;
}

static StringAttr constantName(Operation &op) {
  if (auto constant = dyn_cast<InitializerOp>(op))
    return constant.getNameAttr();
  auto sparse = dyn_cast<SparseInitializerOp>(op);
  return sparse ? sparse.getNameAttr() : StringAttr();
}

static StringRef nameAt(ArrayRef<Attribute> names, unsigned i) {
  auto name = i < names.size() ? dyn_cast_or_null<StringAttr>(names[i]) : StringAttr();
  return name ? name.getValue() : "";
}

/// 1. Inputs and outputs: their names are promises.
/// 2. What wants a name that is free.
/// 3. The rest.
void Exporter::bindNames(Block *block, const Interface &interface, Names &names) {
  SmallVector<std::pair<Value, StringRef>> others;
  auto want = [&](Value value, StringRef name) {
    if (!names.has(value) && !names.bind(value, name))
      others.emplace_back(value, name);
  };
  for (BlockArgument argument : block->getArguments())
    want(argument, nameAt(interface.arguments, argument.getArgNumber()));
  for (auto [i, value] : llvm::enumerate(block->getTerminator()->getOperands())) {
    StringRef name = nameAt(interface.results, i);
    if (value.getParentBlock() == block && !names.has(value))
      names.bind(value, name);
    names.reserve(name);
  }
  for (Operation &op : *block) {
    if (StringAttr name = constantName(op))
      want(op.getResult(0), name);
    if (auto node = dyn_cast<NodeOp>(op))
      for (auto [result, name] :
           llvm::zip_equal(op.getResults(), node.getOutputs().getAsRange<StringAttr>()))
        if (!name.empty() || !result.use_empty())
          want(result, name);
  }
  for (auto [value, name] : others)
    names.bindUnique(value, name);
}

LogicalResult Exporter::addConstant(Operation *op, const Names &names, FieldList &fields) {
  auto name = StringAttr::get(op->getContext(), names.of(op->getResult(0)));
  if (auto sparse = dyn_cast<SparseInitializerOp>(op)) {
    fields.addBytes("sparse_initializer",
                    encodeMessage(MessageKind::SparseTensorProto, sparse.getContent()));
    return success();
  }
  auto constant = cast<InitializerOp>(op);
  auto tensor =
      exportTensor(name, constant.getValue(), constant.getEncodingAttr(), placement, external);
  if (!tensor)
    return op->emitOpError() << toString(tensor.takeError());
  fields.addBytes("initializer", std::move(*tensor));
  return success();
}

LogicalResult Exporter::addDefault(Location loc, const Default &input, FieldList &fields) {
  auto tensor = exportTensor(input.name, input.value, input.encoding, placement, external);
  if (!tensor)
    return emitError(loc) << toString(tensor.takeError());
  fields.addBytes("initializer", std::move(*tensor));
  return success();
}

/// Defaults of inputs stand where the file had them.
LogicalResult Exporter::addConstants(Block *block, const Interface &interface, const Names &names,
                                     FieldList &fields) {
  auto next = interface.defaults.begin();
  int64_t position = 0;
  auto addDefaults = [&](int64_t last) -> LogicalResult {
    for (; next != interface.defaults.end() && next->first <= last; ++next, ++position, ++last)
      if (failed(addDefault(block->getParent()->getLoc(), next->second, fields)))
        return failure();
    return success();
  };
  for (Operation &op : *block)
    if (constantName(op)) {
      bool counts = isa<InitializerOp>(op);
      if ((counts && failed(addDefaults(position))) || failed(addConstant(&op, names, fields)))
        return failure();
      position += counts;
    }
  return addDefaults(std::numeric_limits<int64_t>::max() - int64_t(interface.defaults.size()));
}

LogicalResult Exporter::addNodes(Block *block, const Names &names, FieldList &fields) {
  // By their places in the file, where its order is not that of the block; new nodes follow the one
  // before them.
  std::multimap<int64_t, Bytes> nodes;
  int64_t position = 0;
  for (Operation &op : block->without_terminator()) {
    if (constantName(op))
      continue;
    auto node = dyn_cast<NodeOp>(op);
    if (!node)
      return op.emitOpError() << "cannot be written: expects onnx.node and onnx.initializer alone";
    auto encoded = exportNode(node, names);
    if (failed(encoded))
      return failure();
    if (auto at = op.getAttrOfType<IntegerAttr>("onnx.position"))
      position = at.getInt();
    nodes.emplace(position, std::move(*encoded));
  }
  for (auto &entry : nodes)
    fields.addBytes("node", std::move(entry.second));
  return success();
}

void Exporter::addDescriptions(Block *block, MessageAttr content, const Interface &interface,
                               const Names &names, FieldList &fields) {
  Builder builder(block->getParent()->getContext());
  auto add = [&](StringRef kind, Value value, StringRef name, ArrayAttr dims,
                 ArrayRef<MessageAttr> infos) {
    const MessageAttr *old = llvm::find_if(infos, [&](MessageAttr info) {
      return info.getString("name") == name && describes(info, value.getType());
    });
    MessageAttr info = old == infos.end() ? makeValueInfo(name, value.getType(), dims) : *old;
    fields.add(builder.getNamedAttr(kind, info));
  };
  auto dimsAt = [](ArrayRef<ArrayAttr> dims, unsigned i) {
    return i < dims.size() ? dims[i] : ArrayAttr();
  };
  // An input that an initializer defines has a default. Its place is among the arguments.
  SmallVector<MessageAttr> inputs = infosOf(content, "input");
  auto isDefault = [&](MessageAttr info) {
    return isa_and_nonnull<OpResult>(names.valueOf(info.getString("name")));
  };
  auto next = inputs.begin();
  for (BlockArgument argument : block->getArguments()) {
    for (; next != inputs.end() && isDefault(*next); ++next)
      fields.add(builder.getNamedAttr("input", *next));
    unsigned i = argument.getArgNumber();
    add("input", argument, names.of(argument), dimsAt(interface.argumentDims, i), inputs);
    if (next != inputs.end())
      ++next;
  }
  for (; next != inputs.end(); ++next)
    if (isDefault(*next))
      fields.add(builder.getNamedAttr("input", *next));
  SmallVector<MessageAttr> outputs = infosOf(content, "output");
  for (auto [i, value] : llvm::enumerate(block->getTerminator()->getOperands()))
    add("output", value, nameAt(interface.results, i), dimsAt(interface.resultDims, i), outputs);
  for (NamedAttribute field : fieldsOf(content)) {
    if (field.getName() == "input" || field.getName() == "output")
      continue;
    auto info = dyn_cast<MessageAttr>(field.getValue());
    Value value = info ? names.valueOf(info.getString("name")) : Value();
    // Files describe constants wrongly, and nobody minds.
    bool isComputed = value && value.getDefiningOp<NodeOp>();
    if (field.getName() != "value_info" || !isComputed || describes(info, value.getType()))
      fields.add(field);
  }
}

FailureOr<Bytes> Exporter::exportGraph(Block *block, MessageAttr content, const Interface &given,
                                       const Names *outer) {
  FieldList fields(MessageKind::GraphProto);
  Interface interface = given;
  llvm::SmallDenseSet<StringRef> constants;
  for (Operation &op : *block)
    if (StringAttr name = constantName(op))
      constants.insert(name);
  auto nameOf = [](MessageAttr info) -> Attribute { return info.get("name"); };
  if (interface.arguments.empty())
    for (MessageAttr info : infosOf(content, "input"))
      if (!constants.contains(info.getString("name")))
        interface.arguments.push_back(nameOf(info));
  SmallVector<MessageAttr> outputs = infosOf(content, "output");
  for (unsigned i = 0, count = block->getTerminator()->getNumOperands(); i < count; ++i) {
    if (i == interface.results.size())
      interface.results.push_back({});
    if (nameAt(interface.results, i).empty())
      interface.results[i] = i < outputs.size() ? nameOf(outputs[i])
                                                : StringAttr::get(block->getParent()->getContext(),
                                                                  "output_" + Twine(i));
  }
  Names names(block, outer);
  bindNames(block, interface, names);
  if (failed(addConstants(block, interface, names, fields)) ||
      failed(addNodes(block, names, fields)))
    return failure();
  // An output that is another's value, or an input's, gets a node that copies it.
  for (auto [i, value] : llvm::enumerate(block->getTerminator()->getOperands()))
    if (StringRef name = nameAt(interface.results, i); names.of(value) != name) {
      FieldList copy(MessageKind::NodeProto);
      copy.addBytes("input", names.of(value));
      copy.addBytes("output", name);
      copy.addBytes("op_type", "Identity");
      fields.addBytes("node", copy.take());
    }
  addDescriptions(block, content, interface, names, fields);
  return fields.take();
}

FailureOr<Bytes> Exporter::exportModel(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return module.emitOpError() << "cannot be written as ONNX: expects a function 'main'";
  Interface interface;
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    interface.arguments.push_back(main.getArgAttr(i, "onnx.name"));
    interface.argumentDims.push_back(main.getArgAttrOfType<ArrayAttr>(i, "onnx.dims"));
    if (auto value = main.getArgAttrOfType<ElementsAttr>(i, "onnx.default")) {
      auto position = main.getArgAttrOfType<IntegerAttr>(i, "onnx.default_position");
      interface.defaults.emplace(
          position ? position.getInt() : 0,
          Default{main.getArgAttrOfType<StringAttr>(i, "onnx.name"), value,
                  main.getArgAttrOfType<MessageAttr>(i, "onnx.default_encoding")});
    }
  }
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    interface.results.push_back(main.getResultAttr(i, "onnx.name"));
    interface.resultDims.push_back(dyn_cast_or_null<ArrayAttr>(main.getResultAttr(i, "onnx.dims")));
  }
  auto graph = exportGraph(&main.front(), main->getAttrOfType<MessageAttr>("onnx.graph"), interface,
                           nullptr);
  if (failed(graph))
    return failure();
  FieldList fields(MessageKind::ModelProto);
  fields.addBytes("graph", std::move(*graph));
  fields.addAll(module->getAttrOfType<MessageAttr>("onnx.model"));
  return fields.take();
}
