// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds what products read, in front of them. Codes are ui8: ONNX Runtime multiplies these with
// codes i8 of weights, wherever they are dequantized in front of a product.
#include "lib/Compress/QuantizeSmooth/RoundInputs.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace retort;

namespace {
/// Operands by the activation that they are: the set's, or reshapes of it.
using Readers = llvm::MapVector<Value, SmallVector<OpOperand *>>;

/// What codes of an activation stand for.
struct Codes {
  Value codes, scale, zero;
};
} // namespace

static Readers readersOf(const InputSet &set) {
  Readers readers;
  for (LinearWeight *weight : set.weights) {
    WeightUse use = weight->uses().front();
    unsigned slot = use.operand->getOperandNumber() == 0 ? 1 : 0;
    readers[use.activation()].push_back(&use.op()->getOpOperand(slot));
  }
  return readers;
}

/// ONNX Runtime fuses a product with a DequantizeLinear that nothing else reads.
static void readCodes(OpBuilder &builder, Value activation, ArrayRef<OpOperand *> operands,
                      const Codes &codes) {
  for (OpOperand *operand : operands)
    operand->set(
        onnx::DequantizeLinearOp::create(builder, activation.getLoc(), activation.getType(),
                                         ValueRange{codes.codes, codes.scale, codes.zero}));
}

static IntegerType byteType(MLIRContext *context) {
  return IntegerType::get(context, 8, IntegerType::Unsigned);
}

void retort::roundInputs(const InputSet &set, const InputRange &range) {
  Readers readers = readersOf(set);
  LinearWeight &first = *set.weights.front();
  Builder types(first.op->getContext());
  IntegerType byte = byteType(types.getContext());
  Value scale = first.addConstant("_input_scale", RankedTensorType::get({}, types.getF32Type()),
                                  [&](MutableArrayRef<char> bytes) {
                                    float number = float(range.step());
                                    std::memcpy(bytes.data(), &number, sizeof(number));
                                  });
  Value zero =
      first.addConstant("_input_zero_point", RankedTensorType::get({}, byte),
                        [&](MutableArrayRef<char> bytes) { bytes[0] = char(range.zero()); });
  // Other products may come before the weight that the constants were put in front of.
  Value input = set.activation;
  Block *block = input.getParentBlock();
  Operation *last = input.getDefiningOp();
  for (Value constant : {scale, zero}) {
    last ? constant.getDefiningOp()->moveAfter(last)
         : constant.getDefiningOp()->moveBefore(block, block->begin());
    last = constant.getDefiningOp();
  }
  OpBuilder builder(last);
  builder.setInsertionPointAfter(last);
  for (auto &[activation, operands] : readers) {
    if (activation != set.activation)
      builder.setInsertionPointAfterValue(activation);
    auto type = cast<RankedTensorType>(activation.getType());
    Value codes = onnx::QuantizeLinearOp::create(builder, activation.getLoc(), type.clone(byte),
                                                 ValueRange{activation, scale, zero});
    readCodes(builder, activation, operands, {codes, scale, zero});
  }
}

void retort::roundAsTheyCome(const InputSet &set) {
  for (auto &[activation, operands] : readersOf(set)) {
    OpBuilder builder(activation.getContext());
    builder.setInsertionPointAfterValue(activation);
    auto type = cast<RankedTensorType>(activation.getType());
    IntegerType byte = byteType(activation.getContext());
    Type results[] = {type.clone(byte), RankedTensorType::get({}, type.getElementType()),
                      RankedTensorType::get({}, byte)};
    auto rounded = onnx::DynamicQuantizeLinearOp::create(builder, activation.getLoc(), results,
                                                         ValueRange{activation});
    readCodes(builder, activation, operands,
              {rounded.getResult(0), rounded.getResult(1), rounded.getResult(2)});
  }
}
