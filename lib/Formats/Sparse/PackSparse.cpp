// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the kept numbers of each block and their places, see dialects/Linear/Linear.td.
#include "lib/Formats/Sparse/RowPattern.h"
#include "lib/Formats/Sparse/Sparse.h"

using namespace mlir;
using namespace retort;

/// The rows of a block that are kept, as many as the format keeps: the first are none (-1) where
/// there are fewer, so that their zeros do not hide a value.
static SmallVector<int64_t, 16> keptRows(const SparseMatrix &weight, int64_t block, int64_t n) {
  linear::SparseAttr format = weight.format;
  SmallVector<int64_t, 16> rows;
  int64_t begin = block * format.getM(), end = std::min(begin + format.getM(), weight.depth);
  for (int64_t k = begin; k < end; ++k)
    if (weight.number(k, n))
      rows.push_back(k);
  rows.insert(rows.begin(), format.getN() - rows.size(), -1);
  return rows;
}

SmallVector<ElementsAttr> retort::packSparse(const SparseMatrix &weight) {
  linear::SparseAttr format = weight.format;
  int64_t kept = format.getN(), blocks = format.blocks(weight.depth), bits = format.wordBits();
  linear::PanelPacker packer(weight.columns);
  auto number = [&](int64_t row, int64_t n) -> double {
    int64_t k = keptRows(weight, row / kept, n)[row % kept];
    return k < 0 ? 0 : *weight.number(k, n);
  };
  auto writePlaces = [&](char *place, int64_t block, int64_t n) {
    uint64_t word = 0;
    for (auto [i, k] : llvm::enumerate(keptRows(weight, block, n)))
      word |= uint64_t(k < 0 ? 0 : k % format.getM()) << (i * format.placeBits());
    std::memcpy(place, &word, bits / 8);
  };
  return {packer.fillNumbers(blocks * kept, weight.element, number),
          packer.fill(blocks, IntegerType::get(format.getContext(), bits), writePlaces)};
}

std::optional<WeightMatrix> retort::sparseMatrix(const compress::WeightExpression &source,
                                                 bool isSwapped) {
  auto element = cast<FloatType>(source.type().getElementType());
  if (!source.isPlain() || !linear::isReal(element))
    return std::nullopt;
  int64_t width = source.type().getDimSize(1), depth = source.type().getDimSize(isSwapped ? 1 : 0),
          columns = source.type().getDimSize(isSwapped ? 0 : 1);
  auto number = [=](int64_t k, int64_t n) {
    return source.at(isSwapped ? n * width + k : k * width + n);
  };
  RowPattern pattern = findPattern(
      depth, columns, [&](RowPattern tried) { return tried.m <= depth; },
      [&](int64_t k, int64_t n) { return number(k, n) == 0; });
  if (!pattern.m)
    return std::nullopt;
  auto format = linear::SparseAttr::get(element.getContext(), pattern.n, pattern.m);
  auto kept = [=](int64_t k, int64_t n) {
    float value = number(k, n);
    return value == 0 ? std::nullopt : std::optional(value);
  };
  auto pack = [=] { return packSparse({format, depth, columns, element, kept}); };
  return WeightMatrix{format, depth, columns, pack, {}};
}
