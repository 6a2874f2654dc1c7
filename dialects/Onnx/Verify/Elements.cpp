// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The element types of operands, as the schema declares them.
//   'onnx.Add' op expects 'B' of f32, like 'A', found 'tensor<4xi64>'
#include "dialects/Onnx/Verify/Tables.h"
#include "dialects/Onnx/Verify/Verify.h"

using namespace mlir;
using namespace retort;

/// Null where it is none of ONNX's, or not known.
static Type elementOf(Value value) {
  auto type = value ? dyn_cast<TensorType>(value.getType()) : TensorType();
  Type element = type ? type.getElementType() : Type();
  return isa_and_nonnull<IntegerType, FloatType, ComplexType>(element) ? element : Type();
}

LogicalResult onnx::verifyElements(Operation *op, const Schema &schema) {
  SmallVector<Value> slots = operandSlots(op);
  /// For each variable of the schema, who has said first what it is.
  SmallVector<std::pair<Type, const Parameter *>, 8> known;
  for (auto [i, value] : llvm::enumerate(slots)) {
    const Parameter *parameter = parameterAt(schema.inputs(), i);
    Type element = elementOf(value);
    if (!parameter || !element || !parameter->homogeneous)
      continue;
    if (!parameter->accepts(value.getType()))
      return op->emitOpError() << "expects '" << parameter->name
                               << "' of another element type, found " << value.getType();
    if (parameter->variable >= known.size())
      known.resize(parameter->variable + 1);
    auto &[type, first] = known[parameter->variable];
    if (type && type != element)
      return op->emitOpError() << "expects '" << parameter->name << "' of " << type << ", like '"
                               << first->name << "', found " << value.getType();
    if (!type)
      known[parameter->variable] = {element, parameter};
  }
  return success();
}
