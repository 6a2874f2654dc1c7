// The element types of ONNX as types of MLIR, and back.
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t lastDataType = 28;

Type retort::elementTypeOf(MLIRContext *context, int64_t dataType) {
  Builder b(context);
  auto unsignedType = [&](unsigned width) { return b.getIntegerType(width, false); };
  const Type types[lastDataType + 1] = {Type(),
                                        b.getF32Type(),
                                        unsignedType(8),
                                        b.getI8Type(),
                                        unsignedType(16),
                                        b.getI16Type(),
                                        b.getI32Type(),
                                        b.getI64Type(),
                                        onnx::StringType::get(context),
                                        b.getI1Type(),
                                        b.getF16Type(),
                                        b.getF64Type(),
                                        unsignedType(32),
                                        unsignedType(64),
                                        ComplexType::get(b.getF32Type()),
                                        ComplexType::get(b.getF64Type()),
                                        b.getBF16Type(),
                                        b.getType<Float8E4M3FNType>(),
                                        b.getType<Float8E4M3FNUZType>(),
                                        b.getType<Float8E5M2Type>(),
                                        b.getType<Float8E5M2FNUZType>(),
                                        unsignedType(4),
                                        b.getIntegerType(4),
                                        b.getType<Float4E2M1FNType>(),
                                        b.getType<Float8E8M0FNUType>(),
                                        unsignedType(2),
                                        b.getIntegerType(2),
                                        b.getType<Float6E2M3FNType>(),
                                        b.getType<Float6E3M2FNType>()};
  return dataType > 0 && dataType <= lastDataType ? types[dataType] : Type();
}

int64_t retort::dataTypeOf(Type element) {
  for (int64_t i = 1; i <= lastDataType; ++i)
    if (elementTypeOf(element.getContext(), i) == element)
      return i;
  return 0;
}
