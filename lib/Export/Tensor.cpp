// Constants as TensorProto, in the encoding that the file had.
#include "lib/Export/Tensor.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Export/Fields.h"
#include "lib/Import/ElementType.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Elements as varints, one for each or, below a byte, for each byte.
static std::string encodeNumbers(const ConstantView &view, bool isSigned) {
  std::string out;
  unsigned bits = elementBits(view.type().getElementType()), width = std::max(1u, bits / 8);
  ArrayRef<char> bytes = view.bytes();
  for (size_t i = 0; i < bytes.size(); i += width) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + i, width);
    if (isSigned && width < 8)
      value = llvm::SignExtend64(value, width * 8);
    writeVarint(out, value);
  }
  return out;
}

static llvm::Error addData(FieldList &fields, StringRef form, const ConstantView &view) {
  ArrayRef<char> bytes = view.bytes();
  Type element = view.type().getElementType();
  bool isSigned = element.isSignlessInteger() && !element.isInteger(1) && elementBits(element) >= 8;
  if (form == "raw_data" || form == "float_data" || form == "double_data")
    fields.addBytes(form, StringRef(bytes.data(), bytes.size()));
  else
    fields.addBytes(form, encodeNumbers(view, isSigned));
  return llvm::Error::success();
}

llvm::Expected<std::string> retort::exportTensor(StringAttr name, ElementsAttr value,
                                                 MessageAttr encoding,
                                                 std::vector<ExternalTensor> &external) {
  FieldList fields(MessageKind::TensorProto);
  auto type = cast<ShapedType>(value.getType());
  int64_t dataType = dataTypeOf(type.getElementType());
  StringRef label = name ? name.getValue() : "constant";
  if (!dataType || !type.hasStaticShape())
    return llvm::createStringError("constant '" + label + "' has a type that ONNX has not");
  for (int64_t dim : type.getShape())
    fields.addInt("dims", dim);
  fields.addInt("data_type", dataType);
  fields.addString("name", name);
  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    for (StringRef text : strings.getRawStringData())
      fields.addBytes("string_data", text);
    for (NamedAttribute field : encoding ? encoding.getFields() : ArrayRef<NamedAttribute>())
      if (!isa<UnitAttr>(field.getValue()))
        fields.add(field);
    return fields.take();
  }
  auto view = ConstantView::of(value);
  if (!view)
    return llvm::createStringError("weight '" + label +
                                   "' has no data: they were elided when the text was printed");
  bool hasData = !encoding;
  ExternalTensor outside;
  if (!encoding && view->size() >= 0)
    if (llvm::Error error = addData(fields, "raw_data", *view))
      return std::move(error);
  bool isExternal = false;
  for (NamedAttribute field : encoding ? encoding.getFields() : ArrayRef<NamedAttribute>()) {
    if (isa<UnitAttr>(field.getValue())) {
      hasData = true;
      if (llvm::Error error = addData(fields, field.getName(), *view))
        return std::move(error);
      continue;
    }
    if (auto entry = dyn_cast<MessageAttr>(field.getValue());
        entry && field.getName() == "external_data") {
      if (entry.getString("key") == "location")
        outside.location = entry.getString("value").str();
      if (entry.getString("key") == "offset")
        (void)entry.getString("value").getAsInteger(10, outside.offset);
    }
    auto number = dyn_cast<IntegerAttr>(field.getValue());
    isExternal |= field.getName() == "data_location" && number && number.getInt() == 1;
    fields.add(field);
  }
  if (isExternal && !outside.location.empty()) {
    outside.data = *view;
    external.push_back(outside);
  } else if (!hasData && view->size() > 0) {
    if (llvm::Error error = addData(fields, "raw_data", *view))
      return std::move(error);
  }
  return fields.take();
}
