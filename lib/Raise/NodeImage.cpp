// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nodes of a file as forms and back, with what the file says of them beside their meaning.
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/TypedForm.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr StringLiteral nameKey = "onnx.name", domainKey = "onnx.domain",
                               outputsKey = "onnx.outputs", orderKey = "onnx.attribute_order",
                               detailsKey = "onnx.attribute_details", restKey = "onnx.rest";

static ArrayRef<Attribute> entries(ArrayAttr list) {
  return list ? list.getValue() : ArrayRef<Attribute>();
}

NodeImage NodeImage::of(NodeOp node) {
  NodeImage image;
  image.name = node.getNameAttr();
  image.domain = node.getDomainAttr();
  image.outputs = node.getOutputs();
  image.rest = node.getRestAttr();
  SmallVector<Attribute> order, details;
  for (auto attribute : llvm::map_range(entries(node.getAttributeList().value_or(ArrayAttr())),
                                        [](Attribute a) { return cast<AttributeAttr>(a); })) {
    order.push_back(attribute.getName());
    if (attribute.getContent() || attribute.getRest())
      details.push_back(AttributeAttr::get(node.getContext(), attribute.getName(),
                                           UnitAttr::get(node.getContext()), attribute.getContent(),
                                           attribute.getRest()));
  }
  image.order = ArrayAttr::get(node.getContext(), order);
  image.details = details.empty() ? ArrayAttr() : ArrayAttr::get(node.getContext(), details);
  return image;
}

/// The order that readTyped gives to the attributes of a typed operation.
static ArrayAttr plainOrder(Operation *typed) {
  NodeForm form = readTyped(typed);
  SmallVector<Attribute> order;
  for (NamedAttribute attribute : form.attributes)
    order.push_back(attribute.getName());
  for (const std::string &graph : form.graphs)
    order.push_back(StringAttr::get(typed->getContext(), graph));
  return ArrayAttr::get(typed->getContext(), order);
}

void NodeImage::keepOn(Operation *typed) const {
  auto keep = [&](StringRef key, Attribute value) {
    if (value)
      typed->setDiscardableAttr(key, value);
  };
  keep(nameKey, name);
  // The domain is part of the typed operation's name; an unusual spelling is not.
  bool usual = domain && !domain.empty() && plainDomain(domain) == domain.getValue();
  keep(domainKey, usual ? StringAttr() : domain);
  keep(outputsKey, outputs);
  keep(orderKey, order == plainOrder(typed) ? ArrayAttr() : order);
  keep(detailsKey, details);
  keep(restKey, rest);
}

NodeImage NodeImage::keptBy(Operation *typed) {
  NodeImage image;
  image.name = typed->getAttrOfType<StringAttr>(nameKey);
  image.domain = typed->getAttrOfType<StringAttr>(domainKey);
  StringRef domain = schemaOf(typed->getName())->domain;
  if (!image.domain && !domain.empty())
    image.domain = StringAttr::get(typed->getContext(), domain);
  image.outputs = typed->getAttrOfType<ArrayAttr>(outputsKey);
  image.order = typed->getAttrOfType<ArrayAttr>(orderKey);
  image.details = typed->getAttrOfType<ArrayAttr>(detailsKey);
  image.rest = typed->getAttrOfType<MessageAttr>(restKey);
  return image;
}

void retort::copyRemarks(Operation *from, Operation *to) {
  static constexpr StringLiteral image[] = {nameKey,    domainKey,  outputsKey, orderKey,
                                            detailsKey, inputCount, outputCount};
  for (NamedAttribute attribute : from->getDiscardableAttrs())
    if (!llvm::is_contained(image, attribute.getName()) && attribute.getName() != restKey)
      to->setDiscardableAttr(attribute.getName(), attribute.getValue());
}

Refusal retort::readNode(NodeOp node, NodeForm &form) {
  form.domain = plainDomain(node.getDomain().value_or("")).str();
  form.name = node.getOpType().str();
  form.inputs = node.getInputSlots();
  for (auto [type, name] :
       llvm::zip_equal(node.getResultTypes(), node.getOutputs().getAsRange<StringAttr>()))
    form.outputs.push_back(name.empty() ? Type() : type);
  for (Attribute each : entries(node.getAttributeList().value_or(ArrayAttr()))) {
    auto attribute = cast<AttributeAttr>(each);
    if (isa<UnitAttr>(attribute.getValue()))
      form.graphs.push_back(attribute.getName().str());
    else if (isa<MessageAttr>(attribute.getValue()))
      return llvm::formatv("has attribute '{0}' of a kind that typed operations do not have",
                           attribute.getName().getValue());
    else
      form.attributes.emplace_back(attribute.getName(), attribute.getValue());
  }
  return {};
}

static bool isDefault(NamedAttribute attribute, const Schema *schema) {
  const AttributeSchema *declared = schema ? schema->attribute(attribute.getName()) : nullptr;
  if (!declared || !declared->defaultValue)
    return false;
  std::string text;
  llvm::raw_string_ostream(text) << attribute.getValue();
  return text == declared->defaultValue;
}

/// The attributes of a node in the order of the file; what it did not have comes last.
static ArrayAttr attributeList(const NodeForm &form, const Schema *schema, const NodeImage &image,
                               SmallVectorImpl<unsigned> &graphOrder, Builder &builder) {
  ArrayRef<Attribute> order = entries(image.order);
  struct Entry {
    NamedAttribute attribute;
    int graph; // an index, or -1
    size_t place, number;
  };
  std::vector<Entry> list;
  auto add = [&](NamedAttribute attribute, int graph) {
    size_t place = llvm::find(order, attribute.getName()) - order.begin();
    bool added = image.order && place == order.size() && graph < 0;
    if (!added || !isDefault(attribute, schema))
      list.push_back({attribute, graph, place, list.size()});
  };
  for (NamedAttribute attribute : form.attributes)
    add(attribute, -1);
  for (auto [i, graph] : llvm::enumerate(form.graphs))
    add(builder.getNamedAttr(graph, builder.getUnitAttr()), i);
  llvm::sort(list, [](const Entry &a, const Entry &b) {
    return std::tie(a.place, a.number) < std::tie(b.place, b.number);
  });
  SmallVector<Attribute> result;
  for (Entry &entry : list) {
    MessageAttr content, rest;
    for (Attribute each : entries(image.details))
      if (auto detail = cast<AttributeAttr>(each); detail.getName() == entry.attribute.getName()) {
        content = detail.getContent();
        rest = detail.getRest();
      }
    if (entry.graph >= 0)
      graphOrder.push_back(entry.graph);
    result.push_back(AttributeAttr::get(builder.getContext(), entry.attribute.getName(),
                                        entry.attribute.getValue(), content, rest));
  }
  return result.empty() ? ArrayAttr() : builder.getArrayAttr(result);
}

/// The names of the outputs: those of the file where their number is right, else names that say
/// what computed them. The exporter makes names unique.
static ArrayAttr outputNames(const NodeForm &form, const NodeImage &image, Builder &builder) {
  if (image.outputs && image.outputs.size() == form.outputs.size())
    return image.outputs;
  SmallVector<Attribute> names;
  for (Type type : form.outputs)
    names.push_back(builder.getStringAttr(type ? form.name + "_output" : std::string()));
  return builder.getArrayAttr(names);
}

NodeOp retort::writeNode(const NodeForm &form, const Schema *schema, const NodeImage &image,
                         MutableArrayRef<Region> regions, Location location, OpBuilder &builder) {
  OperationState state(location, NodeOp::getOperationName());
  SmallVector<int64_t> omitted;
  for (auto [i, input] : llvm::enumerate(form.inputs)) {
    if (input)
      state.operands.push_back(input);
    else
      omitted.push_back(i);
  }
  Type unknown = UnrankedTensorType::get(UnknownType::get(builder.getContext()));
  for (Type type : form.outputs)
    state.types.push_back(type ? type : unknown);
  SmallVector<unsigned> graphOrder;
  auto &properties = state.getOrAddProperties<NodeOp::Properties>();
  properties.op_type = builder.getStringAttr(form.name);
  properties.domain = image.domain;
  properties.name = image.name;
  properties.outputs = outputNames(form, image, builder);
  properties.attribute_list = attributeList(form, schema, image, graphOrder, builder);
  properties.rest = image.rest;
  if (!omitted.empty())
    properties.omitted = builder.getDenseI64ArrayAttr(omitted);
  for (unsigned graph : graphOrder)
    state.addRegion()->takeBody(regions[graph]);
  return cast<NodeOp>(builder.create(state));
}
