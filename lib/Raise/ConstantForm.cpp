// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forms of Constant: value_int, value_floats and the like as tensors, and back.
#include "lib/Raise/ConstantForm.h"

#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

template <typename T>
static ElementsAttr tensorOf(ArrayRef<T> elements, ArrayRef<int64_t> shape, Type type) {
  auto bytes = reinterpret_cast<const char *>(elements.data());
  return onnx::makeConstant(RankedTensorType::get(shape, type),
                            ArrayRef(bytes, elements.size() * sizeof(T)), "constant");
}

/// A number is a scalar, a list a vector; null for other forms.
static ElementsAttr tensorOf(Attribute value) {
  Builder builder(value.getContext());
  if (auto number = dyn_cast<FloatAttr>(value))
    return tensorOf<float>(float(number.getValueAsDouble()), {}, builder.getF32Type());
  if (auto number = dyn_cast<IntegerAttr>(value))
    return tensorOf<int64_t>(number.getInt(), {}, builder.getI64Type());
  if (auto list = dyn_cast<DenseF32ArrayAttr>(value))
    return tensorOf(list.asArrayRef(), list.size(), builder.getF32Type());
  if (auto list = dyn_cast<DenseI64ArrayAttr>(value))
    return tensorOf(list.asArrayRef(), list.size(), builder.getI64Type());
  return {};
}

StringAttr retort::raiseConstantForm(NodeForm &form) {
  if (form.name != "Constant" || !form.domain.empty() || form.attributes.size() != 1)
    return {};
  NamedAttribute &attribute = form.attributes.front();
  ElementsAttr value =
      isa<ElementsAttr>(attribute.getValue()) && !isa<DenseArrayAttr>(attribute.getValue())
          ? ElementsAttr()
          : tensorOf(attribute.getValue());
  if (!value)
    return {};
  StringAttr name = attribute.getName();
  attribute = NamedAttribute(StringAttr::get(name.getContext(), "value"), value);
  return name;
}

void retort::restoreConstantForm(NodeForm &form, StringAttr attribute) {
  auto value = onnx::ConstantView::of(form.attribute("value"));
  if (!attribute || !value)
    return;
  bool isList = attribute.getValue().ends_with("s"),
       isFloat = value->type().getElementType().isF32();
  if (value->type().getRank() != isList ||
      !(isFloat || value->type().getElementType().isInteger(64)))
    return;
  if (attribute.getValue().contains("float") != isFloat)
    return;
  Builder builder(attribute.getContext());
  SmallVector<int64_t> integers;
  std::vector<float> floats;
  if (isFloat)
    floats = value->floats(0, value->size());
  for (int64_t i = 0; !isFloat && i < value->size(); ++i)
    integers.push_back(value->intAt(i));
  Attribute restored;
  if (isList)
    restored = isFloat ? Attribute(builder.getDenseF32ArrayAttr(floats))
                       : builder.getDenseI64ArrayAttr(integers);
  else
    restored = isFloat ? Attribute(builder.getF32FloatAttr(floats.front()))
                       : builder.getI64IntegerAttr(integers.front());
  form.attributes.clear();
  form.attributes.emplace_back(attribute, restored);
}
