// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes that became inputs, and back.
#include "lib/Raise/Opset/AttributeToInput.h"

#include "dialects/Onnx/Ops.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// The elements of an attribute as a tensor: INTS and FLOATS a vector, INT a vector of one (as K of
/// TopK is), FLOAT a scalar.
static DenseElementsAttr toTensor(Attribute attribute, OpBuilder &builder, Type element) {
  Type i64 = builder.getI64Type();
  if (auto ints = dyn_cast<DenseI64ArrayAttr>(attribute))
    return DenseElementsAttr::get(RankedTensorType::get(ints.size(), i64), ints.asArrayRef());
  if (auto floats = dyn_cast<DenseF32ArrayAttr>(attribute))
    return DenseElementsAttr::get(RankedTensorType::get(floats.size(), builder.getF32Type()),
                                  floats.asArrayRef());
  if (auto integer = dyn_cast<IntegerAttr>(attribute))
    return DenseElementsAttr::get(RankedTensorType::get(1, i64), integer.getInt());
  auto number = cast<FloatAttr>(attribute);
  auto type = dyn_cast_or_null<FloatType>(element);
  if (!type)
    type = cast<FloatType>(number.getType());
  return DenseElementsAttr::get(RankedTensorType::get({}, type),
                                Attribute(FloatAttr::get(type, number.getValueAsDouble())));
}

Value retort::makeConstant(Attribute attribute, OpBuilder &builder, Type element) {
  return makeAdaptedConstant(toTensor(attribute, builder, element), builder);
}

Value retort::makeAdaptedConstant(DenseElementsAttr value, OpBuilder &builder) {
  OperationState state(builder.getUnknownLoc(), onnx::ConstantOp::getOperationName());
  state.addTypes(value.getType());
  state.addAttribute("value", value);
  state.addAttribute(adaptedConstant, builder.getUnitAttr());
  return builder.create(state)->getResult(0);
}

Refusal retort::attributeToInput(NodeForm &form, StringRef name, unsigned index, OpBuilder &builder,
                                 Type element) {
  Attribute value = form.takeAttribute(name);
  if (value)
    form.setInput(index, makeConstant(value, builder, element));
  return {};
}

Refusal retort::inputToAttribute(NodeForm &form, unsigned index, StringRef name,
                                 onnx::AttributeKind kind) {
  Value value = form.input(index);
  if (!value)
    return {};
  std::optional<onnx::ConstantView> constant = onnx::ConstantView::of(value);
  if (!constant)
    return llvm::formatv("expects a constant for '{0}', which is an attribute in the older version",
                         name);
  Builder builder(value.getContext());
  if (kind == onnx::AttributeKind::Ints) {
    SmallVector<int64_t> elements;
    for (int64_t i = 0; i < constant->size(); ++i)
      elements.push_back(constant->intAt(i));
    form.setAttribute(name, builder.getDenseI64ArrayAttr(elements));
  } else if (constant->size() != 1) {
    return llvm::formatv("expects one element for '{0}', found {1}", name, constant->size());
  } else if (kind == onnx::AttributeKind::Int) {
    form.setAttribute(name, builder.getI64IntegerAttr(constant->intAt(0)));
  } else {
    form.setAttribute(name, builder.getF32FloatAttr(constant->floatAt(0)));
  }
  form.removeInput(index);
  return {};
}
