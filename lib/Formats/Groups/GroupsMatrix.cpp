// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs codes, scales and zero points in panels, see dialects/Linear/Linear.td.
#include "lib/Formats/Groups/GroupsMatrix.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using linear::GroupsAttr;
using linear::PanelPacker;

/// Whether every zero point is the middle code, so that none need be kept.
static bool isMiddle(const GroupsMatrix &weight, GroupsAttr format) {
  if (!weight.zero)
    return true;
  for (int64_t group = 0; group < format.groups(weight.depth); ++group)
    for (int64_t n = 0; n < weight.columns; ++n)
      if (weight.zero(group, n) != format.middle())
        return false;
  return true;
}

static SmallVector<ElementsAttr> packGroups(const GroupsMatrix &weight, GroupsAttr format) {
  MLIRContext *context = format.getContext();
  PanelPacker packer(weight.columns);
  int64_t groups = format.groups(weight.depth), words = format.wordsPerGroup(),
          perWord = format.codesPerWord(), bits = format.getBits();
  auto writeWord = [&](char *place, int64_t row, int64_t n) {
    int64_t first = row % words * perWord, begin = row / words * format.getSize();
    int64_t end = std::min(begin + format.getSize(), weight.depth);
    uint32_t word = 0;
    for (int64_t i = 0; i < perWord && begin + first + i < end; ++i)
      word |= uint32_t(weight.code(begin + first + i, n)) << (i * bits);
    std::memcpy(place, &word, sizeof(word));
  };
  SmallVector<ElementsAttr> parts{
      packer.fill(groups * words, IntegerType::get(context, 32), writeWord),
      packer.fillNumbers(groups, weight.element, weight.scale)};
  if (!isMiddle(weight, format))
    parts.push_back(packer.fill(
        groups, IntegerType::get(context, 8),
        [&](char *place, int64_t group, int64_t n) { *place = char(weight.zero(group, n)); }));
  return parts;
}

WeightMatrix GroupsMatrix::pack() const {
  auto format = GroupsAttr::get(element.getContext(), bits, size);
  return {format, depth, columns, [=, self = *this] { return packGroups(self, format); }, {}};
}

std::optional<WeightMatrix> retort::weightMatrixOfNBits(Operation *op) {
  auto product = cast<onnx::MicrosoftMatMulNBitsOp>(op);
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
  result.key = ArrayAttr::get(op->getContext(), key);
  return result;
}
