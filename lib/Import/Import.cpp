// Import: the bytes of an ONNX file become onnx.node, field by field.
#include "lib/Import/Import.h"
#include "lib/Import/ElementType.h"
#include "lib/Import/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr unsigned deepestGraph = 50;

namespace {
/// The names that a graph defines, within those of the graphs around it.
struct Scope {
  const Scope *outer = nullptr;
  llvm::StringMap<Value> values;
  llvm::StringMap<Type> types;

  Value find(StringRef name) const {
    if (Value value = values.lookup(name))
      return value;
    return outer ? outer->find(name) : Value();
  }
};

/// A GraphProto, its fields apart.
struct Parts {
  SmallVector<StringRef> nodes, initializers;
  SmallVector<NamedAttribute> fields;
};

class Importer {
public:
  Importer(MLIRContext *context, StringRef path, std::shared_ptr<MappedFile> file)
      : context(context), builder(context), path(path), file(file),
        tensors(context, file, folderOf(path)),
        place(FileLineColLoc::get(context, llvm::sys::path::filename(path), 0, 0)) {}

  OwningOpRef<ModuleOp> import();

private:
  static std::string folderOf(StringRef path) {
    StringRef folder = llvm::sys::path::parent_path(path);
    return folder.empty() ? "." : folder.str();
  }
  LogicalResult fail(const Twine &text) { return emitError(place) << path << ": " << text; }
  FailureOr<Parts> split(StringRef bytes);
  LogicalResult importMain(ModuleOp module, StringRef bytes);
  LogicalResult importBody(Parts &parts, Block *block, Scope &scope, SmallVectorImpl<Value> &outputs,
                           unsigned depth);
  LogicalResult importNode(StringRef bytes, Scope &scope, unsigned depth);
  FailureOr<AttributeAttr> importAttribute(StringRef bytes, Scope &scope, OperationState &state,
                                           unsigned depth);
  LogicalResult define(Scope &scope, StringRef name, Value value);
  Type typeOf(MessageAttr valueInfo, SmallVectorImpl<Attribute> *dims = nullptr);

  MLIRContext *context;
  OpBuilder builder;
  std::string path;
  std::shared_ptr<MappedFile> file;
  TensorImporter tensors;
  Location place;
};
} // namespace

/// tensor<?x4xf32> for a ValueInfoProto; `dims` receives the names of its sizes.
Type Importer::typeOf(MessageAttr valueInfo, SmallVectorImpl<Attribute> *dims) {
  Type unknown = UnrankedTensorType::get(UnknownType::get(context));
  auto type = valueInfo ? dyn_cast_or_null<MessageAttr>(valueInfo.get("type")) : MessageAttr();
  auto tensor = type ? dyn_cast_or_null<MessageAttr>(type.get("tensor_type")) : MessageAttr();
  auto number = tensor ? dyn_cast_or_null<IntegerAttr>(tensor.get("elem_type")) : IntegerAttr();
  Type element = number ? elementTypeOf(context, number.getInt()) : Type();
  if (!element)
    return unknown;
  auto shape = dyn_cast_or_null<MessageAttr>(tensor.get("shape"));
  if (!shape)
    return UnrankedTensorType::get(element);
  SmallVector<int64_t> sizes;
  for (NamedAttribute field : shape.getFields()) {
    auto dim = dyn_cast<MessageAttr>(field.getValue());
    if (!dim)
      continue;
    auto value = dyn_cast_or_null<IntegerAttr>(dim.get("dim_value"));
    sizes.push_back(value && value.getInt() >= 0 ? value.getInt() : ShapedType::kDynamic);
    if (dims)
      dims->push_back(builder.getStringAttr(dim.getString("dim_param")));
  }
  return RankedTensorType::get(sizes, element);
}

/// The names that a node reads, in its graphs too, and those that it defines.
static void collectNames(StringRef node, SmallVectorImpl<StringRef> &reads,
                         SmallVectorImpl<StringRef> &defines, unsigned depth = 0) {
  auto forEach = [](StringRef bytes, MessageKind kind, auto visit) {
    WireReader reader(bytes);
    WireField wire;
    while (!reader.atEnd() && reader.read(wire))
      if (const Field *field = findField(kind, wire.number); field && wire.type == WireType::Bytes)
        visit(StringRef(field->name), wire.bytes);
  };
  forEach(node, MessageKind::NodeProto, [&](StringRef name, StringRef bytes) {
    if (name == "input" && !bytes.empty())
      reads.push_back(bytes);
    if (name == "output" && !bytes.empty())
      defines.push_back(bytes);
    if (name != "attribute" || depth > deepestGraph)
      return;
    forEach(bytes, MessageKind::AttributeProto, [&](StringRef name, StringRef graph) {
      if (name != "g")
        return;
      forEach(graph, MessageKind::GraphProto, [&](StringRef name, StringRef inner) {
        SmallVector<StringRef> hidden;
        if (name == "node")
          collectNames(inner, reads, hidden, depth + 1);
      });
    });
  });
}

/// The nodes such that each comes after those whose values it reads, otherwise in the order of the file: some exporters
/// write others. Nodes of a cycle keep their places.
static SmallVector<unsigned> definitionsFirst(ArrayRef<StringRef> nodes) {
  llvm::StringMap<unsigned> definer;
  SmallVector<SmallVector<StringRef>> reads(nodes.size());
  for (auto [i, node] : llvm::enumerate(nodes)) {
    SmallVector<StringRef> defines;
    collectNames(node, reads[i], defines);
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

LogicalResult Importer::define(Scope &scope, StringRef name, Value value) {
  if (!scope.values.try_emplace(name, value).second)
    return fail("two values have the name '" + name + "'");
  return success();
}

FailureOr<Parts> Importer::split(StringRef bytes) {
  Parts parts;
  WireReader reader(bytes);
  WireField wire;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return fail("is not an ONNX model: a graph is malformed");
    const Field *field = findField(MessageKind::GraphProto, wire.number);
    StringRef name = field ? field->name : "";
    if (name == "node" || name == "initializer") {
      if (wire.type != WireType::Bytes)
        return fail("is not an ONNX model: a graph is malformed");
      (name == "node" ? parts.nodes : parts.initializers).push_back(wire.bytes);
      continue;
    }
    auto decoded = decodeField(context, MessageKind::GraphProto, wire);
    if (!decoded)
      return fail("is not an ONNX model: field '" + name + "' of a graph is malformed");
    parts.fields.push_back(*decoded);
  }
  return parts;
}

FailureOr<AttributeAttr> Importer::importAttribute(StringRef bytes, Scope &scope,
                                                   OperationState &state, unsigned depth) {
  constexpr MessageKind kind = MessageKind::AttributeProto;
  WireReader reader(bytes);
  WireField wire;
  StringAttr attributeName = builder.getStringAttr("");
  Attribute value;
  MessageAttr content;
  int64_t type = 0;
  SmallVector<int64_t> ints;
  SmallVector<float> floats;
  SmallVector<Attribute> strings;
  SmallVector<NamedAttribute> rest;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return fail("is not an ONNX model: an attribute is malformed");
    const Field *field = findField(kind, wire.number);
    StringRef name = field ? field->name : "";
    bool isBytes = wire.type == WireType::Bytes, isInt = wire.type == WireType::Varint;
    bool isFloat = wire.type == WireType::Fixed32;
    if (name == "name" && isBytes) {
      attributeName = builder.getStringAttr(wire.bytes);
    } else if (name == "type" && isInt) {
      type = wire.value;
    } else if (name == "i" && isInt && !value) {
      value = builder.getI64IntegerAttr(wire.value);
    } else if (name == "f" && isFloat && !value) {
      value = decodeField(context, kind, wire)->getValue();
    } else if (name == "s" && isBytes && !value) {
      value = builder.getStringAttr(wire.bytes);
    } else if (name == "ints" && isInt) {
      ints.push_back(wire.value);
    } else if (name == "floats" && isFloat) {
      floats.push_back(llvm::bit_cast<float>(uint32_t(wire.value)));
    } else if (name == "strings" && isBytes) {
      strings.push_back(builder.getStringAttr(wire.bytes));
    } else if (name == "t" && isBytes && !value) {
      auto tensor = tensors.import(wire.bytes, /*keepName=*/true);
      if (!tensor)
        return fail(toString(tensor.takeError()));
      value = tensor->value;
      content = tensor->encoding;
    } else if (name == "g" && isBytes && !value) {
      auto parts = split(wire.bytes);
      if (failed(parts))
        return failure();
      Region *region = state.addRegion();
      Block *block = &region->emplaceBlock();
      Scope inner;
      inner.outer = &scope;
      SmallVector<Value> outputs;
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(block);
      if (failed(importBody(*parts, block, inner, outputs, depth + 1)))
        return failure();
      YieldOp::create(builder, place, outputs);
      value = builder.getUnitAttr();
      content = MessageAttr::get(context, parts->fields);
    } else {
      auto decoded = decodeField(context, kind, wire);
      if (!decoded)
        return fail("is not an ONNX model: an attribute is malformed");
      rest.push_back(*decoded);
    }
  }
  if (!value && (type == 7 || !ints.empty()))
    value = builder.getDenseI64ArrayAttr(ints);
  else if (!value && (type == 6 || !floats.empty()))
    value = builder.getDenseF32ArrayAttr(floats);
  else if (!value && (type == 8 || !strings.empty()))
    value = builder.getArrayAttr(strings);
  else if (!value) {
    // A kind without a form of its own, or a reference: its fields are all in `rest`, and so is its type.
    value = MessageAttr::get(context, {});
    rest.emplace_back(builder.getStringAttr("type"), builder.getI64IntegerAttr(type));
  }
  return AttributeAttr::get(context, attributeName, value, content,
                            rest.empty() ? MessageAttr() : MessageAttr::get(context, rest));
}

LogicalResult Importer::importNode(StringRef bytes, Scope &scope, unsigned depth) {
  WireReader reader(bytes);
  WireField wire;
  SmallVector<StringRef> inputs, outputs, attributes;
  SmallVector<NamedAttribute> rest;
  StringAttr opType, domain, nodeName;
  while (!reader.atEnd()) {
    if (!reader.read(wire))
      return fail("is not an ONNX model: a node is malformed");
    const Field *field = findField(MessageKind::NodeProto, wire.number);
    StringRef name = wire.type == WireType::Bytes && field ? field->name : "";
    if (name == "input")
      inputs.push_back(wire.bytes);
    else if (name == "output")
      outputs.push_back(wire.bytes);
    else if (name == "attribute")
      attributes.push_back(wire.bytes);
    else if (name == "op_type")
      opType = builder.getStringAttr(wire.bytes);
    else if (name == "domain")
      domain = builder.getStringAttr(wire.bytes);
    else if (name == "name")
      nodeName = builder.getStringAttr(wire.bytes);
    else if (auto decoded = decodeField(context, MessageKind::NodeProto, wire))
      rest.push_back(*decoded);
    else
      return fail("is not an ONNX model: a node is malformed");
  }
  if (!opType)
    return fail("a node has no op_type");
  StringRef label = nodeName && !nodeName.empty() ? nodeName.getValue() : opType.getValue();
  OperationState state(NameLoc::get(builder.getStringAttr(label), place), NodeOp::getOperationName());
  SmallVector<int64_t> omitted;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    Value value = input.empty() ? Value() : scope.find(input);
    if (input.empty())
      omitted.push_back(i);
    else if (!value)
      return fail("node '" + label + "': input '" + input +
                  "' is no input, initializer or output of a node before it");
    else
      state.operands.push_back(value);
  }
  SmallVector<Attribute> imported;
  for (StringRef attribute : attributes) {
    auto result = importAttribute(attribute, scope, state, depth);
    if (failed(result))
      return failure();
    imported.push_back(*result);
  }
  SmallVector<StringRef> names;
  for (StringRef output : outputs) {
    Type type = scope.types.lookup(output);
    state.types.push_back(type ? type : typeOf({}));
  }
  auto &properties = state.getOrAddProperties<NodeOp::Properties>();
  properties.op_type = opType;
  properties.domain = domain;
  properties.name = nodeName;
  properties.outputs = builder.getStrArrayAttr(outputs);
  if (!omitted.empty())
    properties.omitted = builder.getDenseI64ArrayAttr(omitted);
  if (!imported.empty())
    properties.attribute_list = builder.getArrayAttr(imported);
  if (!rest.empty())
    properties.rest = MessageAttr::get(context, rest);
  Operation *op = builder.create(state);
  for (auto [output, value] : llvm::zip_equal(outputs, op->getResults()))
    if (!output.empty() && failed(define(scope, output, value)))
      return failure();
  return success();
}

LogicalResult Importer::importBody(Parts &parts, Block *block, Scope &scope,
                                   SmallVectorImpl<Value> &outputs, unsigned depth) {
  if (depth > deepestGraph)
    return fail("its graphs nest more than " + Twine(deepestGraph) + " deep");
  SmallVector<ImportedTensor> constants;
  llvm::StringMap<bool> constantNames;
  for (StringRef bytes : parts.initializers) {
    auto tensor = tensors.import(bytes, /*keepName=*/false);
    if (!tensor)
      return fail(toString(tensor.takeError()));
    constantNames[tensor->name] = true;
    constants.push_back(*tensor);
  }
  SmallVector<MessageAttr> results;
  for (NamedAttribute field : parts.fields) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    if (!info)
      continue;
    StringRef name = info.getString("name");
    if (field.getName() == "output")
      results.push_back(info);
    if (field.getName() == "output" || field.getName() == "value_info")
      scope.types[name] = typeOf(info);
    // An input that an initializer defines has a default: it is a constant here.
    if (field.getName() == "input" && !constantNames.count(name) &&
        failed(define(scope, name, block->addArgument(typeOf(info), place))))
      return failure();
  }
  for (ImportedTensor &tensor : constants) {
    auto op = InitializerOp::create(builder, NameLoc::get(builder.getStringAttr(tensor.name), place),
                                    tensor.value.getType(), builder.getStringAttr(tensor.name),
                                    tensor.value, tensor.encoding);
    if (failed(define(scope, tensor.name, op.getResult())))
      return failure();
  }
  SmallVector<unsigned> order = definitionsFirst(parts.nodes);
  bool sorted = llvm::is_sorted(order);
  for (unsigned position : order) {
    if (failed(importNode(parts.nodes[position], scope, depth)))
      return failure();
    if (!sorted)
      block->back().setAttr("onnx.position", builder.getI64IntegerAttr(position));
  }
  for (MessageAttr info : results) {
    Value value = scope.find(info.getString("name"));
    if (!value)
      return fail("output '" + info.getString("name") + "' of the graph is defined nowhere");
    outputs.push_back(value);
  }
  return success();
}

LogicalResult Importer::importMain(ModuleOp module, StringRef bytes) {
  auto parts = split(bytes);
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
  function.setType(builder.getFunctionType(block->getArgumentTypes(), ValueRange(outputs).getTypes()));
  function->setAttr("onnx.graph", MessageAttr::get(context, parts->fields));
  unsigned argument = 0, result = 0;
  for (NamedAttribute field : parts->fields) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    bool isInput = field.getName() == "input", isOutput = field.getName() == "output";
    if (!info || !(isInput || isOutput))
      continue;
    StringAttr name = builder.getStringAttr(info.getString("name"));
    if (isInput && !isa<BlockArgument>(scope.find(name)))
      continue;
    SmallVector<Attribute> dims;
    typeOf(info, &dims);
    NamedAttrList attributes;
    attributes.append("onnx.name", name);
    attributes.append("onnx.dims", builder.getArrayAttr(dims));
    if (isInput)
      function.setArgAttrs(argument++, attributes);
    else
      function.setResultAttrs(result++, attributes.getAttrs());
  }
  return success();
}

OwningOpRef<ModuleOp> Importer::import() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(place);
  WireReader reader(file->data());
  WireField wire;
  SmallVector<NamedAttribute> fields;
  bool sawGraph = false;
  while (!reader.atEnd()) {
    const Field *field = nullptr;
    if (!reader.read(wire))
      return (void)fail("is not an ONNX model: it is malformed or cut off"), nullptr;
    field = findField(MessageKind::ModelProto, wire.number);
    if (field && StringRef(field->name) == "graph" && wire.type == WireType::Bytes && !sawGraph) {
      sawGraph = true;
      if (failed(importMain(*module, wire.bytes)))
        return nullptr;
      continue;
    }
    auto decoded = decodeField(context, MessageKind::ModelProto, wire);
    if (!decoded)
      return (void)fail("is not an ONNX model: it is malformed"), nullptr;
    fields.push_back(*decoded);
  }
  if (!sawGraph)
    return (void)fail("is not an ONNX model: it has no graph"), nullptr;
  (*module)->setAttr("onnx.model", MessageAttr::get(context, fields));
  return module;
}

FailureOr<OwningOpRef<ModuleOp>> retort::importOnnx(StringRef path, MLIRContext *context) {
  context->loadDialect<OnnxDialect, func::FuncDialect>();
  auto file = MappedFile::open(path.str());
  if (!file) {
    emitError(FileLineColLoc::get(context, path, 0, 0)) << path << ": " << toString(file.takeError());
    return failure();
  }
  OwningOpRef<ModuleOp> module = Importer(context, path, *file).import();
  if (!module)
    return failure();
  return module;
}
