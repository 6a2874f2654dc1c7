// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks a node against a schema.
#include "lib/Raise/NodeForm.h"

using namespace mlir;
using namespace retort;
using onnx::AttributeKind;
using onnx::Occurrence;
using onnx::Parameter;

void NodeForm::setInput(unsigned index, Value value) {
  if (inputs.size() <= index)
    inputs.resize(index + 1);
  inputs[index] = value;
}

void NodeForm::removeInput(unsigned index) {
  if (index < inputs.size())
    inputs[index] = Value();
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
}

Attribute NodeForm::attribute(StringRef wanted) const {
  for (NamedAttribute attribute : attributes)
    if (attribute.getName() == wanted)
      return attribute.getValue();
  return Attribute();
}

void NodeForm::setAttribute(StringRef wanted, Attribute value) {
  for (NamedAttribute &attribute : attributes)
    if (attribute.getName() == wanted)
      return attribute.setValue(value);
  attributes.emplace_back(StringAttr::get(value.getContext(), wanted), value);
}

Attribute NodeForm::takeAttribute(StringRef wanted) {
  Attribute value = attribute(wanted);
  llvm::erase_if(attributes,
                 [&](NamedAttribute attribute) { return attribute.getName() == wanted; });
  return value;
}

static StringRef kindName(AttributeKind kind) {
  static constexpr StringLiteral names[] = {
      "",           "FLOAT",   "INT",     "STRING", "TENSOR",        "GRAPH",          "FLOATS",
      "INTS",       "STRINGS", "TENSORS", "GRAPHS", "SPARSE_TENSOR", "SPARSE_TENSORS", "TYPE_PROTO",
      "TYPE_PROTOS"};
  return names[unsigned(kind)];
}

static bool isKind(Attribute value, AttributeKind kind) {
  auto strings = dyn_cast<ArrayAttr>(value);
  switch (kind) {
  case AttributeKind::Float:
    return isa<FloatAttr>(value);
  case AttributeKind::Int:
    return isa<IntegerAttr>(value);
  case AttributeKind::String:
    return isa<StringAttr>(value);
  case AttributeKind::Tensor:
    return isa<ElementsAttr>(value) && !isa<DenseArrayAttr>(value);
  case AttributeKind::Floats:
    return isa<DenseF32ArrayAttr>(value);
  case AttributeKind::Ints:
    return isa<DenseI64ArrayAttr>(value);
  case AttributeKind::Strings:
    return strings && llvm::all_of(strings, [](Attribute s) { return isa<StringAttr>(s); });
  default:
    return true;
  }
}

/// `1`, `1 to 3`, `1 or more`.
static std::string range(int least, int most) {
  std::string text = std::to_string(least);
  if (most == INT_MAX)
    return text + " or more";
  return least == most ? text : text + " to " + std::to_string(most);
}

static Refusal whyArityInvalid(StringRef what, ArrayRef<Parameter> parameters,
                               ArrayRef<bool> present, int least, int most) {
  int count = present.size();
  if (count < least || count > most)
    return llvm::formatv("expects {0} {1}, found {2}", range(least, most), what, count);
  for (auto [index, given] : llvm::enumerate(present)) {
    const Parameter *parameter = onnx::parameterAt(parameters, index);
    if (!given && parameter && parameter->occurrence == Occurrence::Single)
      return llvm::formatv("expects '{0}' among its {1}, found it omitted", parameter->name, what);
  }
  return {};
}

static Refusal whyAttributesInvalid(const NodeForm &form, const onnx::Schema &schema) {
  for (NamedAttribute attribute : form.attributes) {
    const onnx::AttributeSchema *declared = schema.attribute(attribute.getName());
    if (!declared)
      return llvm::formatv("has no attribute '{0}'", attribute.getName().getValue());
    if (!isKind(attribute.getValue(), declared->kind))
      return llvm::formatv("expects attribute '{0}' of type {1}, found {2}", declared->name,
                           kindName(declared->kind), attribute.getValue());
  }
  for (const std::string &graph : form.graphs)
    if (const onnx::AttributeSchema *declared = schema.attribute(graph);
        !declared || declared->kind != AttributeKind::Graph)
      return llvm::formatv("has no graph '{0}'", graph);
  for (const onnx::AttributeSchema &declared : schema.attributes())
    if (declared.required && !form.attribute(declared.name) &&
        !llvm::is_contained(form.graphs, declared.name))
      return llvm::formatv("requires attribute '{0}'", declared.name);
  return {};
}

/// Types that the schema does not take, and inputs that should have one type but do not. Unknown
/// types pass.
static Refusal whyTypesInvalid(const NodeForm &form, const onnx::Schema &schema) {
  llvm::SmallDenseMap<unsigned, std::string> seen;
  for (auto [index, value] : llvm::enumerate(form.inputs)) {
    const Parameter *parameter = onnx::parameterAt(schema.inputs(), index);
    if (!value || !parameter)
      continue;
    if (!parameter->accepts(value.getType()))
      return llvm::formatv("does not take input '{0}' of type {1}", parameter->name,
                           value.getType());
    std::string type = onnx::onnxTypeName(value.getType());
    if (type.empty() || !parameter->homogeneous)
      continue;
    std::string &first = seen[parameter->variable];
    if (first.empty())
      first = type;
    if (first != type)
      return llvm::formatv("expects input '{0}' of type {1}, found {2}", parameter->name, first,
                           type);
  }
  for (auto [index, type] : llvm::enumerate(form.outputs))
    if (const Parameter *parameter = onnx::parameterAt(schema.outputs(), index);
        parameter && type && !parameter->accepts(type))
      return llvm::formatv("does not give output '{0}' of type {1}", parameter->name, type);
  return {};
}

Refusal retort::whyInvalid(const NodeForm &form, const onnx::Schema &schema) {
  SmallVector<bool> inputs =
      llvm::map_to_vector(form.inputs, [](Value value) { return bool(value); });
  SmallVector<bool> outputs =
      llvm::map_to_vector(form.outputs, [](Type type) { return bool(type); });
  // Trailing omitted values count for nothing.
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  while (!outputs.empty() && !outputs.back())
    outputs.pop_back();
  if (Refusal why =
          whyArityInvalid("inputs", schema.inputs(), inputs, schema.minInputs, schema.maxInputs);
      !why.empty())
    return why;
  if (Refusal why = whyArityInvalid("outputs", schema.outputs(), outputs, 0, schema.maxOutputs);
      !why.empty())
    return why;
  if (Refusal why = whyAttributesInvalid(form, schema); !why.empty())
    return why;
  return whyTypesInvalid(form, schema);
}
