// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sparse weights as ONNX has them: with the zeros, as codes where they are quantized.
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Formats/Sparse/Sparse.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

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
static bool fillCodes(compress::DecodeSparseOp op, const SparseWeight &weight,
                      const QuantizedWeight &values) {
  auto block = denseBlock(op, values.op());
  if (!block || !op.getM())
    return false;
  Value codes = values.op()->getOperand(0);
  const onnx::ConstantView &kept = values.codes();
  auto code = cast<IntegerType>(kept.type().getElementType());
  auto type = weight.type().clone(code);
  Value scales = values.op()->getOperand(1);
  Value zeros = values.op()->getNumOperands() > 2 ? values.op()->getOperand(2) : Value();
  auto axis = values.op()->getAttrOfType<IntegerAttr>("axis");
  // What the expression of the dense codes says of their scales.
  OpBuilder builder(op);
  std::shared_ptr<const QuantizedWeight> dense;
  auto fill = [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < weight.type().getNumElements(); ++i) {
      int64_t raw = 0;
      if (weight.isKept(i))
        raw = kept.intAt(weight.positionOf(i));
      else if (zeros)
        raw = dense->zeroPoint(dense->entryOf(i));
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
    dense = QuantizedWeight::of(trial.getDefiningOp());
    trial.getDefiningOp()->erase();
    blank.getDefiningOp()->erase();
  }
  compress::replaceExpression(
      op, build(compress::createConstantBefore(
              op, onnx::makeConstant(type, compress::nameOfConstant(codes), fill),
              compress::nameOfConstant(codes))));
  return true;
}

bool retort::fillUp(compress::DecodeSparseOp op) {
  auto weight = SparseWeight::of(op);
  if (!weight)
    return false;
  auto *codes = weight->values().as<QuantizedWeight>();
  if (codes && fillCodes(op, *weight, *codes))
    return true;
  auto dense = compress::WeightExpression::of(op.getResult());
  compress::replaceExpression(
      op, compress::createConstantBefore(op, compress::expand(*dense), weight->name()));
  return true;
}
