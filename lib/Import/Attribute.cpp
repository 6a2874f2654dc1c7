// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// AttributeProto: the field that its type names becomes the value.
//
// Files of proto3 writers omit zeros and pack lists, those of proto2 writers do neither, and the
// oldest omit the type. #onnx.attribute remembers by a `unit` under the name of the field in
// `rest`: there, the file omits it, or packs it.
#include "lib/Import/AttributeForm.h"
#include "lib/Import/Importer.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static constexpr MessageKind kind = MessageKind::AttributeProto;

namespace {
/// An AttributeProto, its fields apart.
struct Parts {
  StringRef name;
  std::optional<int64_t> type;
  bool isReference = false;
  SmallVector<std::pair<StringRef, WireField>> others;

  bool has(StringRef field) const {
    return llvm::any_of(others, [&](auto &other) { return other.first == field; });
  }
};
} // namespace

/// By the type, else by the field that is there; null where the value has no form of its own.
static const AttributeForm *formOf(const Parts &parts) {
  if (parts.isReference)
    return nullptr;
  for (const AttributeForm &form : attributeForms)
    if (parts.type ? form.type == *parts.type : parts.has(form.field))
      return &form;
  return nullptr;
}

FailureOr<Attribute> Importer::importList(const AttributeForm &form, ArrayRef<WireField> data) {
  SmallVector<uint64_t> numbers;
  for (const WireField &wire : data)
    if (form.wire != WireType::Bytes && !readNumbers(wire, form.wire, numbers))
      return failMalformed("an attribute");
  if (form.wire == WireType::Varint)
    return Attribute(
        builder.getDenseI64ArrayAttr(SmallVector<int64_t>(numbers.begin(), numbers.end())));
  if (form.wire == WireType::Fixed32)
    return Attribute(builder.getDenseF32ArrayAttr(llvm::map_to_vector(
        numbers, [](uint64_t bits) { return llvm::bit_cast<float>(uint32_t(bits)); })));
  return Attribute(
      builder.getArrayAttr(llvm::map_to_vector(data, [&](const WireField &wire) -> Attribute {
        return builder.getStringAttr(wire.bytes);
      })));
}

FailureOr<Attribute> Importer::importGraph(StringRef bytes, const NodeSite &site,
                                           MessageAttr &content) {
  auto parts = splitGraph(bytes);
  if (failed(parts))
    return failure();
  Block *block = &site.state.addRegion()->emplaceBlock();
  Scope inner;
  inner.outer = &site.scope;
  SmallVector<Value> outputs;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(block);
  if (failed(importBody(*parts, block, inner, outputs, site.depth + 1)))
    return failure();
  YieldOp::create(builder, place, outputs);
  content = MessageAttr::get(context, parts->fields);
  return Attribute(builder.getUnitAttr());
}

/// Of a field that is there more than once the last counts, as everywhere in protobuf.
FailureOr<Attribute> Importer::importValue(const AttributeForm &form, ArrayRef<WireField> data,
                                           StringRef name, const NodeSite &site,
                                           MessageAttr &content) {
  if (form.isList)
    return importList(form, data);
  uint64_t number = data.empty() ? 0 : data.back().value;
  StringRef bytes = data.empty() ? "" : data.back().bytes;
  if (form.field == "i")
    return Attribute(builder.getI64IntegerAttr(number));
  if (form.field == "f")
    return Attribute(builder.getF32FloatAttr(llvm::bit_cast<float>(uint32_t(number))));
  if (form.field == "s")
    return Attribute(builder.getStringAttr(bytes));
  if (data.empty())
    return fail("node '" + site.label + "': attribute '" + name + "' has no field '" + form.field +
                "'");
  if (form.field == "g")
    return importGraph(bytes, site, content);
  auto tensor = tensors.import(bytes, /*keepName=*/true);
  if (!tensor)
    return fail("node '" + site.label + "': attribute '" + name +
                "': " + toString(tensor.takeError()));
  content = tensor->encoding;
  return Attribute(tensor->value);
}

FailureOr<AttributeAttr> Importer::importAttribute(StringRef bytes, const NodeSite &site) {
  Parts parts;
  auto visit = [&](StringRef field, const WireField &wire) -> LogicalResult {
    if (field == "name" && wire.type == WireType::Bytes)
      parts.name = wire.bytes;
    else if (field == "type" && wire.type == WireType::Varint)
      parts.type = wire.value;
    else
      parts.others.emplace_back(field, wire);
    parts.isReference |= field == "ref_attr_name";
    return success();
  };
  if (failed(forEachField(kind, bytes, "an attribute", visit)))
    return failure();
  const AttributeForm *form = formOf(parts);
  SmallVector<WireField> data;
  SmallVector<NamedAttribute> rest;
  for (auto &[field, wire] : parts.others) {
    if (form && field == form->field && form->isStoredAs(wire.type))
      data.push_back(wire);
    else if (failed(keepField(kind, wire, "an attribute", rest)))
      return failure();
  }
  auto mark = [&](StringRef field) {
    rest.emplace_back(builder.getStringAttr(field), builder.getUnitAttr());
  };
  MessageAttr content;
  FailureOr<Attribute> value = MessageAttr::get(context, {});
  if (!form) {
    if (parts.type)
      rest.emplace_back(builder.getStringAttr("type"), builder.getI64IntegerAttr(*parts.type));
  } else {
    value = importValue(*form, data, parts.name, site, content);
    if (!parts.type)
      mark("type");
    if (form->isList ? !data.empty() && data[0].type != form->wire : data.empty())
      mark(form->field);
  }
  if (failed(value))
    return failure();
  return AttributeAttr::get(context, builder.getStringAttr(parts.name), *value, content,
                            rest.empty() ? MessageAttr() : MessageAttr::get(context, rest));
}
