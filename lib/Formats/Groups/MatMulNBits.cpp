// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with quantized weights as com.microsoft.MatMulNBits.
//
//   %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 32 : i64} :
//   (tensor<64x172xi4>, tensor<2x172xf32>) %y = onnx.MatMul(%x, %w)
//   ==>
//   %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s) {K = 64 : i64, N = 172 : i64, bits = 4 : i64,
//   block_size = 32 : i64}
//
// There codes are unsigned, and lie output by output: N x blocks x bytes of a block; scales are N x
// blocks.
#include "lib/Formats/Groups/Groups.h"
#include "lib/Formats/Groups/QuantizedWeight.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;

namespace {
class NBitsWriter {
public:
  NBitsWriter(onnx::DequantizeLinearOp op, const QuantizedWeight &values)
      : op(op), values(values), block(op.getBlockSize()), inputs(values.type().getDimSize(0)),
        outputs(values.type().getDimSize(1)), blocks(llvm::divideCeil(inputs, block)),
        code(cast<IntegerType>(values.codes().type().getElementType())), bits(code.getWidth()),
        offset(code.isUnsigned() ? 0 : int64_t(1) << (bits - 1)) {}

  void run();

private:
  Value constant(StringRef suffix, RankedTensorType type,
                 llvm::function_ref<void(MutableArrayRef<char>)> fill);
  Value codes();
  Value scales();
  Value zeroPoints();

  onnx::DequantizeLinearOp op;
  const QuantizedWeight &values;
  int64_t block, inputs, outputs, blocks;
  IntegerType code;
  unsigned bits;
  int64_t offset; ///< of a signed code
};
} // namespace

Value NBitsWriter::constant(StringRef suffix, RankedTensorType type,
                            llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  OpBuilder builder(op);
  std::string name = (values.name() + suffix).str();
  ElementsAttr value = onnx::makeConstant(type, name, fill);
  return onnx::InitializerOp::create(builder, op.getLoc(), type, name, value, {});
}

static IntegerType byteType(MLIRContext *context) {
  return IntegerType::get(context, 8, IntegerType::Unsigned);
}

/// What lies behind the last input is not read.
Value NBitsWriter::codes() {
  auto type = RankedTensorType::get({outputs, blocks, block * bits / 8}, byteType(op.getContext()));
  return constant("_q" + std::to_string(bits), type, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t k = 0; k < inputs; ++k)
      for (int64_t n = 0; n < outputs; ++n)
        onnx::storeBits(bytes.data(), bits, n * blocks * block + k,
                        unsigned(values.codes().intAt(k * outputs + n) + offset));
  });
}

Value NBitsWriter::scales() {
  auto element = cast<FloatType>(values.scales().type().getElementType());
  auto type = RankedTensorType::get(outputs * blocks, element);
  Value stored = constant("_scales", type, [&](MutableArrayRef<char> bytes) {
    std::vector<float> row(blocks);
    for (int64_t n = 0; n < outputs; ++n) {
      for (int64_t b = 0; b < blocks; ++b)
        row[b] = float(values.scales().floatAt(b * outputs + n));
      compress::encodeFloats(element, row, bytes.data() + n * blocks * (element.getWidth() / 8));
    }
  });
  // There scales have the type of the activations.
  Type wanted = getElementTypeOrSelf(op->getResult(0).getType());
  if (element == wanted)
    return stored;
  OpBuilder builder(op);
  return onnx::CastOp::create(builder, op.getLoc(), type.clone(wanted), stored, StringAttr(),
                              IntegerAttr(), builder.getI64IntegerAttr(/*FLOAT=*/1));
}

/// Packed as the codes, each output from a byte of its own on; null where they are the middle of
/// the codes.
Value NBitsWriter::zeroPoints() {
  if (!values.hasZeroPoints() && offset)
    return {};
  int64_t rowBytes = llvm::divideCeil(blocks * int64_t(bits), 8);
  auto type = RankedTensorType::get(outputs * rowBytes, byteType(op.getContext()));
  return constant("_zero_points", type, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t b = 0; b < blocks; ++b) {
        int64_t zero = values.zeroPoint(b * outputs + n);
        onnx::storeBits(bytes.data() + n * rowBytes, bits, b, unsigned(zero + offset));
      }
  });
}

void NBitsWriter::run() {
  SmallVector<Value> constants{codes(), scales()};
  Value zeros = zeroPoints();
  if (zeros)
    constants.push_back(zeros);
  for (Operation *product : llvm::make_early_inc_range(op->getUsers())) {
    OpBuilder builder(product);
    OperationState state(product->getLoc(), onnx::MicrosoftMatMulNBitsOp::getOperationName());
    state.addOperands(product->getOperand(0));
    state.addOperands(constants);
    state.addTypes(product->getResultTypes());
    state.addAttribute("operandSegmentSizes",
                       builder.getDenseI32ArrayAttr({1, 1, 1, zeros ? 1 : 0, 0, 0}));
    for (auto [name, value] : {std::pair("K", inputs), std::pair("N", outputs),
                               std::pair("bits", int64_t(bits)), std::pair("block_size", block)})
      state.addAttribute(name, builder.getI64IntegerAttr(value));
    product->getResult(0).replaceAllUsesWith(builder.create(state)->getResult(0));
    product->erase();
  }
  compress::eraseExpression(op);
}

bool retort::writeMatMulNBits(onnx::DequantizeLinearOp op) {
  auto values = QuantizedWeight::of(op);
  bool isFactor = !op->use_empty() && llvm::all_of(op->getUses(), [](OpOperand &use) {
    return isa<onnx::MatMulOp>(use.getOwner()) && use.getOperandNumber() == 1;
  });
  if (!values || !isFactor || values->type().getRank() != 2)
    return false;
  unsigned bits = values->type().getElementTypeBitWidth();
  int64_t block = op.getBlockSize(), axis = op.getAxis();
  bool fits = (bits == 4 || bits == 8) && block >= 16 && llvm::isPowerOf2_64(block) &&
              (axis == 0 || axis == -2);
  if (fits)
    NBitsWriter(op, *values).run();
  return fits;
}
