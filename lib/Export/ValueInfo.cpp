// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ValueInfoProto of types.
#include "lib/Export/ValueInfo.h"
#include "dialects/Onnx/ElementType.h"
#include "lib/Import/ValueType.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;
using onnx::MessageAttr;

MessageAttr retort::makeValueInfo(StringRef name, Type type, ArrayAttr dims) {
  MLIRContext *context = type.getContext();
  Builder builder(context);
  auto message = [&](ArrayRef<NamedAttribute> fields) { return MessageAttr::get(context, fields); };
  auto field = [&](StringRef key, Attribute value) { return builder.getNamedAttr(key, value); };
  auto tensor = dyn_cast<TensorType>(type);
  int64_t number = tensor ? dataTypeOf(tensor.getElementType()) : 0;
  if (!number)
    return message({field("name", builder.getStringAttr(name))});
  SmallVector<NamedAttribute> fields{field("elem_type", builder.getI64IntegerAttr(number))};
  if (tensor.hasRank()) {
    SmallVector<NamedAttribute> sizes;
    for (auto [i, size] : llvm::enumerate(tensor.getShape())) {
      auto dim = dims && i < dims.size() ? dyn_cast<StringAttr>(dims[i]) : StringAttr();
      SmallVector<NamedAttribute> content;
      if (!ShapedType::isDynamic(size))
        content.push_back(field("dim_value", builder.getI64IntegerAttr(size)));
      else if (dim && !dim.empty())
        content.push_back(field("dim_param", dim));
      sizes.push_back(field("dim", message(content)));
    }
    fields.push_back(field("shape", message(sizes)));
  }
  return message({field("name", builder.getStringAttr(name)),
                  field("type", message({field("tensor_type", message(fields))}))});
}

bool retort::describes(MessageAttr valueInfo, Type type) {
  Type described = valueType(type.getContext(), valueInfo);
  auto isUnknown = [](Type type) { return isa<onnx::UnknownType>(getElementTypeOrSelf(type)); };
  if (isUnknown(described) || isUnknown(type))
    return true;
  return getElementTypeOrSelf(described) == getElementTypeOrSelf(type) &&
         succeeded(verifyCompatibleShape(described, type));
}
