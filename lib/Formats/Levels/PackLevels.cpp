// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs codes of levels in panels, see dialects/Linear/Linear.td.
#include "lib/Formats/Levels/Levels.h"

using namespace mlir;
using namespace retort;
using linear::LevelsAttr;

/// Word `j` of a block: whole codes first, then bit j of those that are spread.
static uint32_t packWord(LevelsAttr format, int64_t j, llvm::function_ref<uint32_t(int64_t)> code) {
  int64_t perWord = format.codesPerWord(), bits = format.getBits();
  uint32_t word = 0;
  for (int64_t i = 0; i < perWord; ++i)
    word |= code(j * perWord + i) << (i * bits);
  int64_t whole = format.wholeCodes();
  for (int64_t i = whole; i < format.block(); ++i)
    word |= (code(i) >> j & 1) << (perWord * bits + i - whole);
  return word;
}

static SmallVector<ElementsAttr> packLevels(const LevelsMatrix &weight, LevelsAttr format) {
  MLIRContext *context = format.getContext();
  linear::PanelPacker packer(weight.columns);
  int64_t bits = format.getBits(), block = format.block(), depth = weight.depth,
          groups = format.groups(depth);
  auto writeWord = [&](char *place, int64_t row, int64_t n) {
    int64_t first = row / bits * block;
    uint32_t word = packWord(format, row % bits, [&](int64_t i) {
      return first + i < depth ? uint32_t(weight.code(first + i, n)) : 0;
    });
    std::memcpy(place, &word, block / 8);
  };
  // `perByte` fields of each byte, each with those bits of an index that lie from `shift` on.
  auto writeScales = [&](int64_t perByte, int64_t shift) {
    int64_t width = 8 / perByte;
    return [=, &weight](char *place, int64_t row, int64_t n) {
      unsigned byte = 0;
      for (int64_t i = 0; i < perByte && row * perByte + i < groups; ++i)
        byte |= (weight.scale(row * perByte + i, n) >> shift & ((1 << width) - 1)) << (i * width);
      *place = char(byte);
    };
  };
  auto byteType = IntegerType::get(context, 8), wordType = IntegerType::get(context, block);
  int32_t ladder[] = {weight.ladder.first, weight.ladder.step};
  auto ladderType = RankedTensorType::get({2}, IntegerType::get(context, 32));
  return {packer.fill(format.wordRows(depth), wordType, writeWord),
          packer.fill(llvm::divideCeil(groups, 2), byteType, writeScales(2, 0)),
          packer.fill(llvm::divideCeil(groups, 4), byteType, writeScales(4, 4)),
          onnx::makeConstant(ladderType,
                             ArrayRef(reinterpret_cast<const char *>(ladder), sizeof(ladder)),
                             "ladder")};
}

std::optional<WeightMatrix> LevelsMatrix::pack(MLIRContext *context) const {
  if (!LevelsAttr::takes(bits, size, depth))
    return std::nullopt;
  auto format = LevelsAttr::get(context, bits, size);
  return WeightMatrix{
      format, depth, columns, [=, self = *this] { return packLevels(self, format); }, {}};
}
