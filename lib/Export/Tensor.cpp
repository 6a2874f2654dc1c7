// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants as TensorProto, in the encoding that the file had.
#include "lib/Export/Tensor.h"
#include "dialects/Onnx/ElementType.h"
#include "lib/Export/Fields.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static ArrayRef<NamedAttribute> fieldsOf(MessageAttr message) {
  return message ? message.getFields() : ArrayRef<NamedAttribute>();
}

/// Elements as varints, one for each or, where some share a byte, for each byte.
static std::string encodeNumbers(const ConstantView &view) {
  Type element = view.type().getElementType();
  unsigned bits = elementBits(element), width = std::max(1u, bits / 8);
  bool isSigned = element.isSignlessInteger() && bits >= 8 && !element.isInteger(1);
  std::string out;
  ArrayRef<char> bytes = view.bytes();
  if (bits == 6)
    for (int64_t i = 0; i < view.size(); ++i)
      writeVarint(out, loadBits(bytes.data(), bits, i));
  else
    for (size_t i = 0; i + width <= bytes.size(); i += width) {
      uint64_t value = 0;
      std::memcpy(&value, bytes.data() + i, width);
      writeVarint(out, isSigned ? llvm::SignExtend64(value, width * 8) : value);
    }
  return out;
}

static void addData(FieldList &fields, StringRef form, const ConstantView &view) {
  bool isRaw = form == "raw_data" || form == "float_data" || form == "double_data";
  Bytes data;
  if (isRaw)
    data.append(view);
  else
    data.append(encodeNumbers(view));
  fields.addBytes(form, std::move(data));
}

static bool isExternal(MessageAttr encoding) {
  auto number = encoding ? dyn_cast_or_null<IntegerAttr>(encoding.get("data_location")) : nullptr;
  return number && number.getValue() == 1;
}

static ExternalPlace placeOf(MessageAttr encoding) {
  ExternalPlace place;
  for (NamedAttribute field : encoding.getFields()) {
    auto entry = dyn_cast<MessageAttr>(field.getValue());
    if (!entry || field.getName() != "external_data")
      continue;
    StringRef key = entry.getString("key"), value = entry.getString("value");
    uint64_t number = 0;
    if (key == "location")
      place.location = value.str();
    else if (key == "offset" && !value.getAsInteger(10, number))
      place.offset = number;
    else if (key == "length" && !value.getAsInteger(10, number))
      place.length = number;
  }
  return place;
}

static void addPlace(FieldList &fields, const ExternalPlace &place) {
  auto addEntry = [&](StringRef key, const std::string &value) {
    FieldList entry(MessageKind::StringStringEntryProto);
    entry.addBytes("key", key);
    entry.addBytes("value", value);
    fields.addBytes("external_data", entry.take());
  };
  addEntry("location", place.location);
  addEntry("offset", std::to_string(place.offset));
  addEntry("length", std::to_string(*place.length));
  fields.addInt("data_location", 1);
}

static void addStrings(FieldList &fields, DenseStringElementsAttr strings) {
  ArrayRef<StringRef> texts = strings.getRawStringData();
  for (int64_t i = 0, count = strings.getNumElements(); i < count; ++i)
    fields.addBytes("string_data", texts[strings.isSplat() ? 0 : i]);
}

/// 1. Outside: at the old place, or at a new one in place of what the encoding says.
/// 2. Inside: in the field that the file had, or raw.
static void addElements(FieldList &fields, const ConstantView &view, bool isInitializer,
                        MessageAttr encoding, const Placement &placement, ExternalData &external) {
  bool outside = isExternal(encoding), hasData = outside;
  bool moves = outside ? !placement.location.empty()
                       : placement.all && isInitializer && isLarge(view.byteCount());
  if (moves)
    addPlace(fields, external.append(placement.location, view, placement.alignment));
  else if (outside)
    external.keep(placeOf(encoding), view);
  for (NamedAttribute field : fieldsOf(encoding)) {
    StringRef name = field.getName();
    bool isData = isa<UnitAttr>(field.getValue()) && name != "dims";
    hasData |= isData;
    if (isData && !moves)
      addData(fields, name, view);
    else if (!moves || (name != "external_data" && name != "data_location"))
      fields.add(field);
  }
  if (!moves && !hasData && (!encoding || view.size() > 0))
    addData(fields, "raw_data", view);
}

static void addDims(FieldList &fields, ArrayRef<int64_t> dims, bool isPacked) {
  std::string packed;
  for (int64_t dim : dims) {
    if (isPacked)
      writeVarint(packed, dim);
    else
      fields.addInt("dims", dim);
  }
  if (isPacked)
    fields.addBytes("dims", packed);
}

llvm::Expected<Bytes> retort::exportTensor(StringAttr name, ElementsAttr value,
                                           MessageAttr encoding, const Placement &placement,
                                           ExternalData &external) {
  FieldList fields(MessageKind::TensorProto);
  auto type = cast<ShapedType>(value.getType());
  int64_t dataType = dataTypeOf(type.getElementType());
  StringRef label = name ? name.getValue() : "constant";
  if (!dataType || !type.hasStaticShape())
    return llvm::createStringError("constant '" + label + "' has a type that ONNX has not");
  addDims(fields, type.getShape(), encoding && encoding.get("dims"));
  fields.addInt("data_type", dataType);
  fields.addString("name", name);
  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    addStrings(fields, strings);
    fields.addAll(encoding);
    return fields.take();
  }
  auto view = ConstantView::of(value);
  if (!view)
    return llvm::createStringError("weight '" + label +
                                   "' has no data: they were elided when the text was printed");
  addElements(fields, *view, name != nullptr, encoding, placement, external);
  return fields.take();
}
