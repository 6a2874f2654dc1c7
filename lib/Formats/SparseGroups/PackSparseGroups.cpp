// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the kept codes of each block, their places and scales, see dialects/Linear/Linear.td.
#include "lib/Formats/Sparse/RowPattern.h"
#include "lib/Formats/SparseGroups/SparseGroups.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;
using linear::GroupsAttr;
using linear::PanelPacker;
using linear::SparseGroupsAttr;

namespace {
/// What is kept of a block of rows: a place and a code each.
using KeptCodes = SmallVector<std::pair<int64_t, int64_t>, 8>;

class Packer {
public:
  Packer(const SparseGroupsMatrix &weight, SparseGroupsAttr format)
      : weight(weight), format(format) {}
  SmallVector<ElementsAttr> run() const;

private:
  int64_t zeroOf(int64_t group, int64_t n) const { return weight.zero ? weight.zero(group, n) : 0; }
  /// Of block `block` of a group, which may lie behind the last row.
  KeptCodes keptOf(int64_t group, int64_t block, int64_t n) const;
  uint32_t codeWord(int64_t row, int64_t n) const;
  uint32_t placeWord(int64_t row, int64_t n) const;
  bool hasZeros() const;

  const SparseGroupsMatrix &weight;
  SparseGroupsAttr format;
};
} // namespace

KeptCodes Packer::keptOf(int64_t group, int64_t block, int64_t n) const {
  KeptCodes kept;
  int64_t begin = group * format.getSize() + block * format.getM(), zero = zeroOf(group, n);
  for (int64_t k = begin; k < std::min(begin + format.getM(), weight.depth); ++k)
    if (int64_t code = weight.code(k, n); code != zero)
      kept.push_back({k - begin, code});
  // The first are none, so that their zeros do not hide a value.
  kept.insert(kept.begin(), format.getN() - kept.size(), {0, zero});
  return kept;
}

uint32_t Packer::codeWord(int64_t row, int64_t n) const {
  int64_t group = row / format.codeWords(),
          first = row % format.codeWords() * format.codesPerWord();
  uint32_t word = 0;
  KeptCodes kept;
  int64_t keptBlock = -1;
  for (int64_t i = 0; i < format.codesPerWord(); ++i) {
    int64_t block = (first + i) / format.getN();
    if (block != keptBlock)
      kept = keptOf(group, keptBlock = block, n);
    auto code = uint32_t(kept[(first + i) % format.getN()].second);
    word |= (code & ((1u << format.getBits()) - 1)) << (i * format.getBits());
  }
  return word;
}

uint32_t Packer::placeWord(int64_t row, int64_t n) const {
  int64_t group = row / format.placeWords(),
          first = row % format.placeWords() * format.blocksPerWord();
  uint64_t word = 0;
  for (int64_t block = 0; block < format.blocksPerWord(); ++block)
    for (auto [i, kept] : llvm::enumerate(keptOf(group, first + block, n)))
      word |= uint64_t(kept.first) << (block * format.blockBits() + i * format.placeBits());
  return uint32_t(word);
}

bool Packer::hasZeros() const {
  for (int64_t group = 0; group < format.groups(weight.depth); ++group)
    for (int64_t n = 0; n < weight.columns; ++n)
      if (zeroOf(group, n) != 0)
        return true;
  return false;
}

SmallVector<ElementsAttr> Packer::run() const {
  MLIRContext *context = format.getContext();
  PanelPacker packer(weight.columns);
  int64_t groups = format.groups(weight.depth);
  auto words = [&](int64_t rows, auto word) {
    return packer.fill(rows, IntegerType::get(context, 32),
                       [&](char *place, int64_t row, int64_t n) {
                         uint32_t bits = word(row, n);
                         std::memcpy(place, &bits, sizeof(bits));
                       });
  };
  SmallVector<ElementsAttr> parts{
      words(groups * format.codeWords(), [&](int64_t row, int64_t n) { return codeWord(row, n); }),
      words(groups * format.placeWords(),
            [&](int64_t row, int64_t n) { return placeWord(row, n); }),
      packer.fillNumbers(groups, weight.element, weight.scale)};
  if (hasZeros())
    parts.push_back(packer.fill(
        groups, IntegerType::get(context, 8),
        [&](char *place, int64_t group, int64_t n) { *place = char(zeroOf(group, n)); }));
  return parts;
}

std::optional<WeightMatrix> SparseGroupsMatrix::pack() const {
  MLIRContext *context = element.getContext();
  bool isWhole = size >= depth;
  auto formatOf = [&](RowPattern pattern) {
    int64_t unit = SparseGroupsAttr::unitOf(pattern.n, pattern.m, bits),
            rows = isWhole ? int64_t(llvm::alignTo(depth, unit)) : size;
    return rows % unit == 0 ? SparseGroupsAttr::get(context, pattern.n, pattern.m, bits, rows)
                            : SparseGroupsAttr();
  };
  int64_t plain = GroupsAttr::get(context, bits, size).bytes(depth, columns, element);
  auto isTaken = [&](RowPattern pattern) {
    SparseGroupsAttr format = formatOf(pattern);
    return format && format.bytes(depth, columns, element) < plain;
  };
  RowPattern pattern = findPattern(depth, columns, isTaken, [&](int64_t k, int64_t n) {
    return code(k, n) == (zero ? zero(k / size, n) : 0);
  });
  if (!pattern.m)
    return std::nullopt;
  SparseGroupsAttr format = formatOf(pattern);
  return WeightMatrix{
      format, depth, columns, [format, self = *this] { return Packer(self, format).run(); }, {}};
}
