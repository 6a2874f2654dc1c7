// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The generic conversion between nodes and typed operations.
#include "lib/Raise/TypedForm.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

template <typename T> static ArrayRef<T> withoutTrailingHoles(ArrayRef<T> slots) {
  while (!slots.empty() && !slots.back())
    slots = slots.drop_back();
  return slots;
}

/// Adds what is present of the slots, the sizes of its segments, and the number of slots where the
/// last are omitted.
template <typename T>
static bool addSlots(OperationState &state, ArrayRef<T> slots, ArrayRef<onnx::Parameter> parameters,
                     StringRef sizes, StringRef count, function_ref<void(T)> add) {
  ArrayRef<T> written = withoutTrailingHoles(slots);
  SmallVector<bool> present = llvm::map_to_vector(written, [](T slot) { return bool(slot); });
  std::optional<SmallVector<int32_t>> segments = onnx::segmentSizes(parameters, present);
  if (!segments)
    return false;
  onnx::addSegmentSizes(state, sizes, parameters, *segments);
  for (T slot : written)
    if (slot)
      add(slot);
  if (written.size() != slots.size())
    state.addAttribute(count, Builder(state.getContext()).getI64IntegerAttr(slots.size()));
  return true;
}

Operation *retort::createTyped(const NodeForm &form, Location location, OpBuilder &builder,
                               MutableArrayRef<Region> regions) {
  OperationName name(onnx::typedOpName(form.context, form.domain, form.name), form.context);
  const onnx::Schema *schema = onnx::schemaOf(name);
  if (!schema || !name.isRegistered())
    return nullptr;
  OperationState state(location, name);
  if (!addSlots<Value>(state, form.inputs, schema->inputs(), "operandSegmentSizes", inputCount,
                       [&](Value value) { state.operands.push_back(value); }) ||
      !addSlots<Type>(state, form.outputs, schema->outputs(), "resultSegmentSizes", outputCount,
                      [&](Type type) { state.types.push_back(type); }))
    return nullptr;
  state.addAttributes(form.attributes);
  for (const onnx::AttributeSchema &attribute : schema->attributes())
    if (attribute.kind == onnx::AttributeKind::Graph) {
      Region *region = state.addRegion();
      auto graph = llvm::find(form.graphs, attribute.name);
      if (graph != form.graphs.end())
        region->takeBody(regions[graph - form.graphs.begin()]);
    }
  return builder.create(state);
}

static unsigned countOf(Operation *op, StringRef attribute, unsigned otherwise) {
  auto count = op->getAttrOfType<IntegerAttr>(attribute);
  return count ? std::max<unsigned>(count.getInt(), otherwise) : otherwise;
}

NodeForm retort::readTyped(Operation *op) {
  const onnx::Schema *schema = onnx::schemaOf(op->getName());
  NodeForm form(op->getContext());
  form.domain = schema->domain.str();
  form.name = schema->name.str();
  SmallVector<Value> inputs = onnx::operandSlots(op), outputs = onnx::resultSlots(op);
  form.inputs.append(withoutTrailingHoles<Value>(inputs).begin(),
                     withoutTrailingHoles<Value>(inputs).end());
  form.inputs.resize(countOf(op, inputCount, form.inputs.size()));
  for (Value value : withoutTrailingHoles<Value>(outputs))
    form.outputs.push_back(value ? value.getType() : Type());
  form.outputs.resize(countOf(op, outputCount, form.outputs.size()));
  for (const onnx::AttributeSchema &attribute : schema->attributes()) {
    if (attribute.kind == onnx::AttributeKind::Graph)
      form.graphs.push_back(attribute.name.str());
    else if (Attribute value = op->getInherentAttr(attribute.name).value_or(Attribute()))
      form.attributes.emplace_back(StringAttr::get(op->getContext(), attribute.name), value);
  }
  llvm::sort(form.attributes, [](NamedAttribute a, NamedAttribute b) {
    return a.getName().getValue() < b.getName().getValue();
  });
  return form;
}
