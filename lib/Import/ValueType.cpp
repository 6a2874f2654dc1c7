// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ValueInfoProto as a type. What the type has no place for stays in the message.
#include "lib/Import/ValueType.h"
#include "dialects/Onnx/ElementType.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;
using onnx::MessageAttr;

static MessageAttr messageAt(MessageAttr message, StringRef name) {
  return message ? dyn_cast_or_null<MessageAttr>(message.get(name)) : MessageAttr();
}

static std::optional<int64_t> numberAt(MessageAttr message, StringRef name) {
  auto number = message ? dyn_cast_or_null<IntegerAttr>(message.get(name)) : IntegerAttr();
  if (!number || !number.getType().isInteger(64))
    return std::nullopt;
  return int64_t(number.getValue().getZExtValue());
}

Type retort::valueType(MLIRContext *context, MessageAttr valueInfo,
                       SmallVectorImpl<Attribute> *dims) {
  MessageAttr tensor = messageAt(messageAt(valueInfo, "type"), "tensor_type");
  std::optional<int64_t> number = numberAt(tensor, "elem_type");
  Type element = number ? elementTypeOf(context, *number) : Type();
  if (!element)
    return UnrankedTensorType::get(onnx::UnknownType::get(context));
  MessageAttr shape = messageAt(tensor, "shape");
  if (!shape)
    return UnrankedTensorType::get(element);
  Builder builder(context);
  SmallVector<int64_t> sizes;
  for (NamedAttribute field : shape.getFields()) {
    auto dim = dyn_cast<MessageAttr>(field.getValue());
    if (!dim)
      continue;
    int64_t size = numberAt(dim, "dim_value").value_or(-1);
    sizes.push_back(size >= 0 ? size : ShapedType::kDynamic);
    if (dims)
      dims->push_back(builder.getStringAttr(dim.getString("dim_param")));
  }
  return RankedTensorType::get(sizes, element);
}
