// Writes compressed weights in ONNX's own forms.
//
//   %w = compress.dequantize(%codes, %scales) {axis = 1 : i64} : (tensor<64x172xi3>,
//   tensor<172xf32>) -> tensor<64x172xf32>
//   ==> lower-compress-to-onnx
//   %w = onnx.DequantizeLinear(%codes, %scales) {axis = 1 : i64} : (tensor<64x172xi4>,
//   tensor<172xf32>) -> tensor<64x172xf32>
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Export/MatMulNBits.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_LOWERCOMPRESSTOONNXPASS
#include "lib/Export/LowerCompressToOnnx.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

/// Codes of the narrowest width that ONNX has.
static void widenCodes(compress::DequantizeOp op) {
  OpBuilder builder(op);
  auto widen = [&](Value codes) -> Value {
    auto view = codes ? onnx::ConstantView::of(codes) : std::nullopt;
    if (!view)
      return {};
    auto code = cast<IntegerType>(view->type().getElementType());
    unsigned bits = code.getWidth() <= 4 ? 4 : 8;
    auto type = view->type().clone(IntegerType::get(op.getContext(), bits, code.getSignedness()));
    auto fill = [&](MutableArrayRef<char> bytes) {
      std::fill(bytes.begin(), bytes.end(), 0);
      for (int64_t i = 0; i < view->size(); ++i)
        onnx::storeBits(bytes.data(), bits, i, unsigned(view->intAt(i)));
    };
    return compress::createConstantBefore(
        op, onnx::makeConstant(type, compress::nameOfConstant(codes), fill),
        compress::nameOfConstant(codes));
  };
  Value codes = widen(op.getCodes()), zeros = widen(op.getZeroPoints());
  if (!codes || (op.getZeroPoints() && !zeros))
    return;
  compress::replaceExpression(op, compress::createDequantize(builder, op.getLoc(), codes,
                                                             op.getScales(), zeros, op.getAxis(),
                                                             op.getBlockSize()));
}

/// The block size of the dense codes whose kept ones have that of `values`; nullopt where scales do
/// not follow the pattern.
static std::optional<int64_t> denseBlock(compress::DecodeSparseOp op, Operation *values) {
  auto integer = [&](StringRef name) {
    auto attribute = values->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : 0;
  };
  auto scales = cast<RankedTensorType>(values->getOperand(1).getType());
  int64_t rank = op.getType().getRank(), block = integer("block_size");
  bool isSameAxis = (integer("axis") + rank) % rank == (int64_t(op.getAxis()) + rank) % rank;
  if (scales.getNumElements() == 1 || !isSameAxis)
    return block;
  if (!op.getM() || block == 0 || block % *op.getN() != 0)
    return std::nullopt;
  return block / *op.getN() * *op.getM();
}

/// The codes of a sparse weight with those of zero between them.
static bool fillCodes(compress::DecodeSparseOp op, const WeightExpression &weight) {
  const WeightExpression &values = weight.values();
  auto block = denseBlock(op, values.op());
  if (!block || !op.getM())
    return false;
  Value codes = values.op()->getOperand(0);
  const onnx::ConstantView &kept = values.constant();
  auto code = cast<IntegerType>(kept.type().getElementType());
  auto type = weight.type().clone(code);
  Value scales = values.op()->getOperand(1);
  Value zeros = values.op()->getNumOperands() > 2 ? values.op()->getOperand(2) : Value();
  auto axis = values.op()->getAttrOfType<IntegerAttr>("axis");
  // What the expression of the dense codes says of their scales.
  OpBuilder builder(op);
  std::optional<WeightExpression> dense;
  auto fill = [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < weight.size(); ++i) {
      int64_t raw = 0;
      if (weight.isKept(i))
        raw = kept.intAt(weight.positionOf(i));
      else if (zeros)
        raw = dense->zeroPoints()->intAt(dense->scaleOf(i));
      onnx::storeBits(bytes.data(), code.getWidth(), i, unsigned(raw));
    }
  };
  auto build = [&](Value codes) {
    return compress::createDequantize(builder, op.getLoc(), codes, scales, zeros,
                                      axis ? axis.getInt() : 1, *block);
  };
  if (zeros) { // of which group is element i: a weight of the same shape knows
    Value blank = compress::createConstantBefore(
        op, DenseElementsAttr::get(type, APInt(code.getWidth(), 0)), "");
    Value trial = build(blank);
    dense = WeightExpression::of(trial);
    trial.getDefiningOp()->erase();
    blank.getDefiningOp()->erase();
  }
  compress::replaceExpression(
      op, build(compress::createConstantBefore(
              op, onnx::makeConstant(type, compress::nameOfConstant(codes), fill),
              compress::nameOfConstant(codes))));
  return true;
}

static void fillUp(compress::DecodeSparseOp op) {
  auto weight = WeightExpression::of(op.getResult());
  if (!weight)
    return;
  bool isQuantized = weight->values().form() == WeightExpression::Form::Quantized;
  if (!isQuantized || !fillCodes(op, *weight))
    compress::replaceExpression(
        op, compress::createConstantBefore(op, compress::expand(*weight), weight->name()));
}

namespace {
struct LowerCompressToOnnxPass
    : retort::impl::LowerCompressToOnnxPassBase<LowerCompressToOnnxPass> {
  using Base::Base;

  void runOnOperation() override {
    if (weights != "standard" && weights != "contrib") {
      getOperation().emitError() << "expects 'weights' to be standard or contrib, found '"
                                 << weights << "'";
      return signalPassFailure();
    }
    bool changed = weights == "contrib";
    getOperation().walk([&](compress::DecodeSparseOp op) { changed = true, fillUp(op); });
    getOperation().walk([&](compress::DequantizeOp op) { changed = true, widenCodes(op); });
    if (weights == "contrib") {
      SmallVector<onnx::DequantizeLinearOp> quantized;
      getOperation().walk([&](onnx::DequantizeLinearOp op) { quantized.push_back(op); });
      llvm::for_each(quantized, writeMatMulNBits);
    }
    if (changed)
      onnx::releaseUnusedBlobs(getOperation());
  }
};
} // namespace
