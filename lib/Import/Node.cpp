// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NodeProto: its inputs become operands, its outputs results; `omitted` and `outputs` keep what
// these cannot say.
#include "lib/Import/Importer.h"
#include "lib/Import/NodeOrder.h"
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

LogicalResult Importer::readNode(StringRef bytes, NodeParts &parts) {
  auto visit = [&](StringRef field, const WireField &wire) -> LogicalResult {
    if (wire.type != WireType::Bytes)
      return keepField(kind, wire, "a node", parts.rest);
    if (field == "input")
      parts.inputs.push_back(wire.bytes);
    else if (field == "output")
      parts.outputs.push_back(wire.bytes);
    else if (field == "attribute")
      parts.attributes.push_back(wire.bytes);
    else if (field == "op_type")
      parts.opType = builder.getStringAttr(wire.bytes);
    else if (field == "domain")
      parts.domain = builder.getStringAttr(wire.bytes);
    else if (field == "name")
      parts.name = builder.getStringAttr(wire.bytes);
    else
      return keepField(kind, wire, "a node", parts.rest);
    return success();
  };
  if (failed(forEachField(kind, bytes, "a node", visit)))
    return failure();
  if (!parts.opType)
    return fail("node '" + (parts.name ? parts.name.getValue() : StringRef()) + "' has no op_type");
  return success();
}

LogicalResult Importer::importNodes(ArrayRef<StringRef> nodes, Operation *before, Scope &scope) {
  builder.setInsertionPoint(before);
  place = before->getLoc();
  for (unsigned position : definitionsFirst(nodes))
    if (failed(importNode(nodes[position], scope, 0)))
      return failure();
  return success();
}

LogicalResult Importer::importNode(StringRef bytes, Scope &scope, unsigned depth) {
  NodeParts parts;
  if (failed(readNode(bytes, parts)))
    return failure();
  StringAttr label = parts.name && !parts.name.empty() ? parts.name : parts.opType;
  OperationState state(NameLoc::get(label, place), NodeOp::getOperationName());
  NodeSite site{label.str(), state, scope, depth};
  SmallVector<int64_t> omitted;
  if (failed(addOperands(parts.inputs, site, omitted)))
    return failure();
  SmallVector<Attribute> attributes;
  for (StringRef attribute : parts.attributes) {
    auto imported = importAttribute(attribute, site);
    if (failed(imported))
      return failure();
    attributes.push_back(*imported);
  }
  for (StringRef output : parts.outputs) {
    Type type = scope.types.lookup(output);
    state.types.push_back(type ? type : valueType(context, {}));
  }
  auto &properties = state.getOrAddProperties<NodeOp::Properties>();
  properties.op_type = parts.opType;
  properties.domain = parts.domain;
  properties.name = parts.name;
  properties.outputs = builder.getStrArrayAttr(parts.outputs);
  if (!omitted.empty())
    properties.omitted = builder.getDenseI64ArrayAttr(omitted);
  if (!attributes.empty())
    properties.attribute_list = builder.getArrayAttr(attributes);
  if (!parts.rest.empty())
    properties.rest = MessageAttr::get(context, parts.rest);
  Operation *op = builder.create(state);
  for (auto [output, value] : llvm::zip_equal(parts.outputs, op->getResults()))
    if (!output.empty() && failed(define(scope, output, value)))
      return failure();
  return success();
}
