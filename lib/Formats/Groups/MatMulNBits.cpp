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

#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;

namespace {
class NBitsWriter {
public:
  /// `products`: of the weight, as it is or with its axes swapped.
  NBitsWriter(onnx::DequantizeLinearOp op, const QuantizedWeight &values, bool isSwapped,
              ArrayRef<Operation *> products)
      : op(op), values(values), isSwapped(isSwapped), products(products), block(op.getBlockSize()),
        inputs(values.type().getDimSize(isSwapped ? 1 : 0)),
        outputs(values.type().getDimSize(isSwapped ? 0 : 1)),
        blocks(llvm::divideCeil(inputs, block)),
        code(cast<IntegerType>(values.codes().type().getElementType())), bits(code.getWidth()),
        offset(code.isUnsigned() ? 0 : int64_t(1) << (bits - 1)) {}

  void run();

private:
  bool hasZeroPoints() const;
  /// Where the code of an input of an output is, and the scale of a block.
  int64_t codeAt(int64_t k, int64_t n) const {
    return isSwapped ? n * inputs + k : k * outputs + n;
  }
  int64_t entryAt(int64_t b, int64_t n) const {
    return isSwapped ? n * blocks + b : b * outputs + n;
  }
  Value constant(StringRef suffix, RankedTensorType type,
                 llvm::function_ref<void(MutableArrayRef<char>)> fill);
  Value codes();
  Value scales();
  Value zeroPoints();

  onnx::DequantizeLinearOp op;
  const QuantizedWeight &values;
  bool isSwapped;
  ArrayRef<Operation *> products;
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
                        unsigned(values.codes().intAt(codeAt(k, n)) + offset));
  });
}

Value NBitsWriter::scales() {
  auto element = cast<FloatType>(values.scales().type().getElementType());
  auto type = RankedTensorType::get(outputs * blocks, element);
  Value stored = constant("_scales", type, [&](MutableArrayRef<char> bytes) {
    std::vector<float> row(blocks);
    for (int64_t n = 0; n < outputs; ++n) {
      for (int64_t b = 0; b < blocks; ++b)
        row[b] = float(values.scales().floatAt(entryAt(b, n)));
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
/// Without them they are the middle of the codes.
bool NBitsWriter::hasZeroPoints() const {
  int64_t middle = int64_t(1) << (bits - 1);
  for (int64_t i = 0; i < values.scales().size(); ++i)
    if (values.zeroPoint(i) + offset != middle)
      return true;
  return false;
}

Value NBitsWriter::zeroPoints() {
  if (!hasZeroPoints())
    return {};
  int64_t rowBytes = llvm::divideCeil(blocks * int64_t(bits), 8);
  auto type = RankedTensorType::get(outputs * rowBytes, byteType(op.getContext()));
  return constant("_zero_points", type, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t b = 0; b < blocks; ++b) {
        int64_t zero = values.zeroPoint(entryAt(b, n));
        onnx::storeBits(bytes.data() + n * rowBytes, bits, b, unsigned(zero + offset));
      }
  });
}

void NBitsWriter::run() {
  SmallVector<Value> constants{codes(), scales()};
  Value zeros = zeroPoints();
  if (zeros)
    constants.push_back(zeros);
  for (Operation *product : products) {
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
    if (auto level = product->getAttrOfType<IntegerAttr>(compress::nBitsKey);
        level && level.getInt())
      state.addAttribute("accuracy_level", level);
    Value weight = product->getOperand(1), result = builder.create(state)->getResult(0);
    onnx::inheritName(product->getResult(0), result);
    product->getResult(0).replaceAllUsesWith(result);
    product->erase();
    // A transpose of it; the weight itself is still needed.
    if (weight.getDefiningOp() != op && weight.use_empty())
      weight.getDefiningOp()->erase();
  }
  compress::eraseExpression(op);
}

/// The products whose second factor the value is, or becomes with its axes swapped; false where it
/// has other uses.
static bool findProducts(Value weight, SmallVectorImpl<Operation *> &plain,
                         SmallVectorImpl<Operation *> &swapped) {
  for (OpOperand &use : weight.getUses()) {
    Operation *user = use.getOwner();
    if (isa<onnx::TransposeOp>(user)) {
      SmallVector<Operation *> none;
      if (!findProducts(user->getResult(0), swapped, none) || !none.empty())
        return false;
    } else if (isa<onnx::MatMulOp>(user) && use.getOperandNumber() == 1) {
      plain.push_back(user);
    } else {
      return false;
    }
  }
  return plain.empty() || swapped.empty();
}

bool retort::writeMatMulNBits(onnx::DequantizeLinearOp op, bool always) {
  auto values = QuantizedWeight::of(op);
  SmallVector<Operation *> plain, swapped;
  if (!values || values->type().getRank() != 2 || !findProducts(op->getResult(0), plain, swapped))
    return false;
  ArrayRef<Operation *> products = plain.empty() ? swapped : plain;
  auto wasOne = [](Operation *product) { return product->hasAttr(compress::nBitsKey); };
  if (products.empty() || (!always && !llvm::all_of(products, wasOne)))
    return false;
  unsigned bits = values->type().getElementTypeBitWidth();
  int64_t block = op.getBlockSize(), axis = op.getAxis();
  bool isCode = bits == 2 || bits == 4 || bits == 8,
       fits = isCode && block >= 16 && llvm::isPowerOf2_64(block) &&
              (axis < 0 ? axis + 2 : axis) == (plain.empty() ? 1 : 0);
  if (fits)
    NBitsWriter(op, *values, plain.empty(), products).run();
  return fits;
}
