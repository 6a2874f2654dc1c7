// NodeProto: its inputs become operands, its outputs results; `omitted` and `outputs` keep what
// these cannot say.
#include "lib/Import/Importer.h"
#include "lib/Import/ValueType.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr MessageKind kind = MessageKind::NodeProto;

LogicalResult Importer::addOperands(ArrayRef<StringRef> inputs, const NodeSite &site,
                                    SmallVectorImpl<int64_t> &omitted) {
  for (auto [i, input] : llvm::enumerate(inputs)) {
    Value value = input.empty() ? Value() : site.scope.find(input);
    if (input.empty())
      omitted.push_back(i);
    else if (!value)
      return fail("node '" + site.label + "': input '" + input +
                  "' is no input, initializer or output of a node before it");
    else
      site.state.operands.push_back(value);
  }
  return success();
}

LogicalResult Importer::importNode(StringRef bytes, Scope &scope, unsigned depth) {
  SmallVector<StringRef> inputs, outputs, attributes;
  SmallVector<NamedAttribute> rest;
  StringAttr opType, domain, name;
  auto visit = [&](StringRef field, const WireField &wire) -> LogicalResult {
    if (wire.type != WireType::Bytes)
      return keepField(kind, wire, "a node", rest);
    if (field == "input")
      inputs.push_back(wire.bytes);
    else if (field == "output")
      outputs.push_back(wire.bytes);
    else if (field == "attribute")
      attributes.push_back(wire.bytes);
    else if (field == "op_type")
      opType = builder.getStringAttr(wire.bytes);
    else if (field == "domain")
      domain = builder.getStringAttr(wire.bytes);
    else if (field == "name")
      name = builder.getStringAttr(wire.bytes);
    else
      return keepField(kind, wire, "a node", rest);
    return success();
  };
  if (failed(forEachField(kind, bytes, "a node", visit)))
    return failure();
  StringRef label = name && !name.empty() ? name.getValue() : opType ? opType.getValue() : "";
  if (!opType)
    return fail("node '" + label + "' has no op_type");

  OperationState state(NameLoc::get(builder.getStringAttr(label), place),
                       NodeOp::getOperationName());
  NodeSite site{label.str(), state, scope, depth};
  SmallVector<int64_t> omitted;
  if (failed(addOperands(inputs, site, omitted)))
    return failure();
  SmallVector<Attribute> imported;
  for (StringRef attribute : attributes) {
    auto result = importAttribute(attribute, site);
    if (failed(result))
      return failure();
    imported.push_back(*result);
  }
  for (StringRef output : outputs) {
    Type type = scope.types.lookup(output);
    state.types.push_back(type ? type : valueType(context, {}));
  }
  auto &properties = state.getOrAddProperties<NodeOp::Properties>();
  properties.op_type = opType;
  properties.domain = domain;
  properties.name = name;
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
