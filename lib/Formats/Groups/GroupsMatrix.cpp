// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs codes, scales and zero points in panels, see dialects/Linear/Linear.td.
#include "lib/Formats/Groups/GroupsMatrix.h"

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
