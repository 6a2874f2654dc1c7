// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix whose codes, scales and zero points are operands of com.microsoft.MatMulNBits.
#include "lib/Formats/Groups/Groups.h"
#include "lib/Formats/Groups/GroupsMatrix.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;

std::optional<WeightMatrix> retort::factorOf(onnx::MicrosoftMatMulNBitsOp product) {
  auto codes = onnx::ConstantView::of(product.getB()),
       scales = onnx::ConstantView::of(product.getScales());
  Value zeroPoints = product.getZeroPoints();
  auto zeros = zeroPoints ? onnx::ConstantView::of(zeroPoints) : std::nullopt;
  int64_t bits = product.getBits(), size = product.getBlockSize();
  bool hasKnownZeros = !zeroPoints || (zeros && isa<IntegerType>(zeros->type().getElementType()));
  if (!codes || !scales || !hasKnownZeros || product.getGIdx() ||
      (bits != 2 && bits != 4 && bits != 8) || size < 1 ||
      !linear::isReal(scales->type().getElementType()))
    return std::nullopt;
  int64_t depth = product.getK(), columns = product.getN(), groups = llvm::divideCeil(depth, size);
  auto holds = [](const onnx::ConstantView &bytes, int64_t count) {
    return bytes.type().getElementTypeBitWidth() == 8 && bytes.size() == count;
  };
  if (!holds(*codes, columns * groups * size * bits / 8) || scales->size() != columns * groups ||
      (zeros && !holds(*zeros, columns * llvm::divideCeil(groups * bits, 8))))
    return std::nullopt;
  GroupsMatrix weight{bits, size, depth, columns, cast<FloatType>(scales->type().getElementType())};
  weight.code = [=](int64_t k, int64_t n) { return codes->packedAt(bits, n * groups * size + k); };
  weight.scale = [=](int64_t group, int64_t n) { return scales->floatAt(n * groups + group); };
  if (zeros)
    weight.zero = [=](int64_t group, int64_t n) {
      return zeros->packedAt(bits, n * llvm::alignTo(groups, 8 / bits) + group);
    };
  WeightMatrix result = weight.pack();
  auto dataOf = [](Value constant) { return constant.getDefiningOp()->getAttr("value"); };
  SmallVector<Attribute> key{dataOf(product.getB()), dataOf(product.getScales()), result.format};
  if (zeroPoints)
    key.push_back(dataOf(zeroPoints));
  result.key = ArrayAttr::get(product.getContext(), key);
  return result;
}
