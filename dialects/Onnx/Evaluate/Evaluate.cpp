// Dispatch to the evaluator of an operation, and the numbers of ONNX's element types.
#include "dialects/Onnx/Evaluate/Evaluate.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;

onnx::Evaluated onnx::evaluate(Operation *op, ArrayRef<Tensor> inputs) {
  auto evaluation = dyn_cast<Evaluation>(op);
  if (!evaluation)
    return failure();
  for (auto [slot, tensor] : llvm::zip(operandSlots(op), inputs))
    if (slot && !tensor)
      return failure();
  return evaluation.evaluate(inputs);
}

Type onnx::elementTypeOf(MLIRContext *context, int64_t dataType) {
  Builder b(context);
  auto integer = [&](unsigned bits, bool isUnsigned) {
    return isUnsigned ? IntegerType::get(context, bits, IntegerType::Unsigned)
                      : IntegerType::get(context, bits);
  };
  switch (dataType) {
  case 1:
    return b.getF32Type();
  case 2:
    return integer(8, true);
  case 3:
    return integer(8, false);
  case 4:
    return integer(16, true);
  case 5:
    return integer(16, false);
  case 6:
    return integer(32, false);
  case 7:
    return integer(64, false);
  case 9:
    return integer(1, false);
  case 10:
    return b.getF16Type();
  case 11:
    return b.getF64Type();
  case 12:
    return integer(32, true);
  case 13:
    return integer(64, true);
  case 16:
    return b.getBF16Type();
  case 17:
    return Float8E4M3FNType::get(context);
  case 18:
    return Float8E4M3FNUZType::get(context);
  case 19:
    return Float8E5M2Type::get(context);
  case 20:
    return Float8E5M2FNUZType::get(context);
  case 21:
    return integer(4, true);
  case 22:
    return integer(4, false);
  case 23:
    return Float4E2M1FNType::get(context);
  case 24:
    return Float8E8M0FNUType::get(context);
  case 25:
    return integer(2, true);
  case 26:
    return integer(2, false);
  default:
    return {};
  }
}
