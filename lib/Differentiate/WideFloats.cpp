// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph of f16 or bf16 in f32.
//
//   %w = onnx.initializer ... : tensor<8xf16>       %w = onnx.initializer ... : tensor<8xf16>
//   %y = onnx.Mul(%x, %w) -> tensor<8xf16>     ->   %c = onnx.Cast(%w) -> tensor<8xf32>
//                                                   %y = onnx.Mul(%x, %c) -> tensor<8xf32>
#include "lib/Differentiate/WideFloats.h"
#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/ElementType.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

static bool isNarrow(Value value) {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
  return element && (element.isF16() || element.isBF16());
}

static Type widened(Type type) {
  auto shaped = cast<ShapedType>(type);
  return shaped.clone(Float32Type::get(type.getContext()));
}

namespace {
class Widening {
public:
  explicit Widening(func::FuncOp function) : function(function) {}
  void run();

private:
  void keep(Operation *op);
  void widen(Operation *op);

  func::FuncOp function;
  llvm::DenseMap<Value, Value> before; ///< of conversions that were put in
  llvm::DenseMap<Value, Type> types;   ///< of values that became f32
};
} // namespace

static bool holdsFloats(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

/// What is stored, makes floats of a type that an attribute says, or holds graphs: in its own
/// types.
static bool isKept(Operation *op) {
  return op->getNumRegions() > 0 ||
         (!isa<onnx::CastOp>(op) && llvm::none_of(op->getOperands(), holdsFloats)) ||
         isa<onnx::DequantizeLinearOp, compress::DequantizeOp, compress::DecodeLevelsOp,
             compress::DecodeSparseOp>(op);
}

void Widening::keep(Operation *op) {
  OpBuilder builder(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (Value narrow = before.lookup(operand.get()))
      operand.set(narrow);
    else if (Type type = types.lookup(operand.get()))
      operand.set(
          OnnxBuilder(builder, op->getLoc()).cast(operand.get(), getElementTypeOrSelf(type)));
  }
  builder.setInsertionPointAfter(op);
  for (Value result : op->getResults()) {
    if (!isNarrow(result))
      continue;
    Value wide = OnnxBuilder(builder, op->getLoc()).cast(result, builder.getF32Type());
    result.replaceAllUsesExcept(wide, wide.getDefiningOp());
    before[wide] = result;
  }
}

void Widening::widen(Operation *op) {
  for (Value result : op->getResults()) {
    if (!isNarrow(result))
      continue;
    types[result] = result.getType();
    result.setType(widened(result.getType()));
    if (auto conversion = dyn_cast<onnx::CastOp>(op))
      conversion.setTo(dataTypeOf(Float32Type::get(op->getContext())));
  }
}

void Widening::run() {
  Block &body = function.getBody().front();
  for (BlockArgument argument : body.getArguments())
    if (isNarrow(argument)) {
      types[argument] = argument.getType();
      argument.setType(widened(argument.getType()));
    }
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator())
    ops.push_back(&op);
  for (Operation *op : ops)
    isKept(op) ? keep(op) : widen(op);
  function.setType(FunctionType::get(function.getContext(), body.getArgumentTypes(),
                                     body.getTerminator()->getOperandTypes()));
}

void retort::computeInF32(func::FuncOp function) { Widening(function).run(); }
