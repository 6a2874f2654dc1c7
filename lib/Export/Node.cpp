// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// onnx.node as NodeProto, its attributes as AttributeProto.
#include "lib/Export/Exporter.h"
#include "lib/Import/AttributeForm.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// The field of AttributeProto that holds such a value; empty where it has no form of its own.
static StringRef fieldOf(Attribute value) {
  return llvm::TypeSwitch<Attribute, StringRef>(value)
      .Case<FloatAttr>([](auto) { return "f"; })
      .Case<IntegerAttr>([](auto) { return "i"; })
      .Case<StringAttr>([](auto) { return "s"; })
      .Case<DenseF32ArrayAttr>([](auto) { return "floats"; })
      .Case<DenseI64ArrayAttr>([](auto) { return "ints"; })
      .Case<ArrayAttr>([](auto) { return "strings"; })
      .Case<ElementsAttr>([](auto) { return "t"; })
      .Case<UnitAttr>([](auto) { return "g"; })
      .Default([](auto) { return ""; });
}

/// Whether `rest` says that the file omits the field, or packs it.
static bool isMarked(MessageAttr rest, StringRef field) {
  return rest && isa_and_nonnull<UnitAttr>(rest.get(field));
}

/// The value of a number or string, omitted where the file omits what is zero.
static void addSingle(FieldList &fields, StringRef field, Attribute value, MessageAttr rest) {
  bool isZero = false;
  if (auto number = dyn_cast<IntegerAttr>(value))
    isZero = number.getValue().isZero();
  else if (auto number = dyn_cast<FloatAttr>(value))
    isZero = number.getValue().bitcastToAPInt().isZero();
  else
    isZero = cast<StringAttr>(value).empty();
  if (!isZero || !isMarked(rest, field))
    fields.add(NamedAttribute(StringAttr::get(value.getContext(), field), value));
}

static void addList(FieldList &fields, StringRef field, Attribute value, MessageAttr rest) {
  Builder builder(value.getContext());
  SmallVector<Attribute> elements;
  std::string packed;
  if (auto array = dyn_cast<DenseF32ArrayAttr>(value)) {
    for (float number : array.asArrayRef())
      elements.push_back(builder.getF32FloatAttr(number));
    ArrayRef<char> bytes = array.getRawData();
    packed.assign(bytes.begin(), bytes.end());
  } else if (auto array = dyn_cast<DenseI64ArrayAttr>(value)) {
    for (int64_t number : array.asArrayRef()) {
      elements.push_back(builder.getI64IntegerAttr(number));
      writeVarint(packed, number);
    }
  } else {
    llvm::append_range(elements, cast<ArrayAttr>(value));
  }
  if (isMarked(rest, field) && !packed.empty())
    return fields.addBytes(field, packed);
  for (Attribute element : elements)
    fields.add(builder.getNamedAttr(field, element));
}

FailureOr<Bytes> Exporter::exportAttribute(NodeOp op, AttributeAttr attribute, unsigned &region,
                                           const Names &names) {
  FieldList fields(MessageKind::AttributeProto);
  fields.addString("name", attribute.getName());
  Attribute value = attribute.getValue();
  MessageAttr rest = attribute.getRest();
  StringRef field = fieldOf(value);
  if (field == "g") {
    auto graph = exportGraph(&op.getGraphs()[region++].front(), attribute.getContent(), {}, &names);
    if (failed(graph))
      return failure();
    fields.addBytes("g", std::move(*graph));
  } else if (field == "t") {
    auto tensor =
        exportTensor({}, cast<ElementsAttr>(value), attribute.getContent(), placement, external);
    if (!tensor)
      return op.emitOpError() << toString(tensor.takeError());
    fields.addBytes("t", std::move(*tensor));
  } else if (field == "f" || field == "i" || field == "s") {
    addSingle(fields, field, value, rest);
  } else if (!field.empty()) {
    addList(fields, field, value, rest);
  }
  const AttributeForm *form =
      llvm::find_if(attributeForms, [&](auto &form) { return form.field == field; });
  if (!field.empty() && !isMarked(rest, "type"))
    fields.addInt("type", form->type);
  fields.addAll(rest);
  return fields.take();
}

FailureOr<Bytes> Exporter::exportNode(NodeOp op, const Names &names) {
  FieldList fields(MessageKind::NodeProto);
  for (Value input : op.getInputSlots())
    fields.addBytes("input", input ? names.of(input) : "");
  for (Value result : op.getResults())
    fields.addBytes("output", names.of(result));
  fields.addString("name", op.getNameAttr());
  fields.addString("op_type", op.getOpTypeAttr());
  fields.addString("domain", op.getDomainAttr());
  unsigned region = 0;
  for (Attribute each : op.getAttributeList().value_or(ArrayAttr::get(op.getContext(), {}))) {
    auto encoded = exportAttribute(op, cast<AttributeAttr>(each), region, names);
    if (failed(encoded))
      return failure();
    fields.addBytes("attribute", std::move(*encoded));
  }
  fields.addAll(op.getRestAttr());
  return fields.take();
}
