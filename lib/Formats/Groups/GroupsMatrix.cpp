// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs codes, scales and zero points in panels, see dialects/Linear/Linear.td.
#include "lib/Formats/Groups/GroupsMatrix.h"
#include "lib/Formats/SparseGroups/SparseGroups.h"

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
  if (format.getFloatZeros())
    parts.push_back(packer.fillNumbers(groups, weight.element, weight.floatZero));
  else if (!isMiddle(weight, format))
    parts.push_back(packer.fill(
        groups, IntegerType::get(context, 8),
        [&](char *place, int64_t group, int64_t n) { *place = char(weight.zero(group, n)); }));
  return parts;
}

/// The same codes with a sign, where n of each m rows are kept.
static std::optional<WeightMatrix> packSparse(const GroupsMatrix &weight) {
  int64_t middle = int64_t(1) << (weight.bits - 1);
  SparseGroupsMatrix sparse{weight.bits,    weight.size, weight.depth, weight.columns,
                            weight.element, {},          weight.scale, {}};
  sparse.code = [=, code = weight.code](int64_t k, int64_t n) { return code(k, n) - middle; };
  if (weight.zero)
    sparse.zero = [=, zero = weight.zero](int64_t group, int64_t n) {
      return zero(group, n) - middle;
    };
  return sparse.pack();
}

WeightMatrix GroupsMatrix::pack() const {
  if (auto sparse = floatZero ? std::nullopt : packSparse(*this))
    return *sparse;
  auto format = GroupsAttr::get(element.getContext(), bits, size, bool(floatZero));
  return {format, depth, columns, [=, self = *this] { return packGroups(self, format); }, {}};
}
