// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows units through changes of shape.
#include "lib/Compress/PruneStructured/UnitAxis.h"

#include <numeric>

using namespace retort;
using llvm::ArrayRef;

static bool isKept(int32_t unit, ArrayRef<char> stays) { return unit < 0 || stays[unit]; }

std::vector<int64_t> UnitAxis::kept(ArrayRef<char> stays) const {
  std::vector<int64_t> places;
  for (size_t i = 0; i < units.size(); ++i)
    if (isKept(units[i], stays))
      places.push_back(int64_t(i));
  return places;
}

int64_t UnitAxis::keptBefore(int64_t place, ArrayRef<char> stays) const {
  int64_t count = 0;
  for (int64_t i = 0; i < place; ++i)
    count += isKept(units[i], stays);
  return count;
}

Merge retort::mergeUnits(std::vector<int32_t> &known, ArrayRef<int32_t> more) {
  Merge result = Merge::Same;
  for (size_t i = 0; i < known.size(); ++i) {
    if (more[i] < 0 || known[i] == more[i])
      continue;
    if (known[i] >= 0)
      return Merge::Conflict;
    known[i] = more[i];
    result = Merge::Changed;
  }
  return result;
}

std::vector<int32_t> retort::runsOfUnits(int64_t count, int64_t length) {
  std::vector<int32_t> units(count * length);
  for (size_t i = 0; i < units.size(); ++i)
    units[i] = int32_t(int64_t(i) / length);
  return units;
}

/// The elements behind one place of an axis; nullopt where they are not known.
static std::optional<int64_t> elementsBehind(ArrayRef<int64_t> shape, int64_t axis) {
  int64_t elements = 1;
  for (int64_t size : shape.drop_front(axis + 1)) {
    if (size <= 0)
      return std::nullopt;
    elements *= size;
  }
  return elements;
}

/// 1. Element f of a run that both axes repeat within lies at (f / inner) % n along one axis, at
///    (f / behind) % m along the other.
/// 2. The other one carries the units where each of its places belongs to one.
static std::optional<std::vector<int32_t>> alongOther(ArrayRef<int32_t> units, int64_t inner,
                                                      int64_t size, int64_t behind) {
  int64_t from = int64_t(units.size()) * inner, to = size * behind, run = std::max(from, to),
          step = std::gcd(inner, behind);
  if (run % from != 0 || run % to != 0)
    return std::nullopt;
  std::vector<int32_t> result(size);
  std::vector<char> known(size);
  for (int64_t f = 0; f < run; f += step) {
    int32_t unit = units[f / inner % int64_t(units.size())];
    int64_t place = f / behind % size;
    if (known[place] && result[place] != unit)
      return std::nullopt;
    known[place] = 1;
    result[place] = unit;
  }
  return result;
}

std::optional<UnitAxis> retort::reshapeUnits(ArrayRef<int64_t> from, const UnitAxis &units,
                                             ArrayRef<int64_t> to) {
  auto inner = elementsBehind(from, units.axis);
  if (!inner)
    return std::nullopt;
  for (auto axis = int64_t(to.size()) - 1; axis >= 0 && to[axis] > 0; --axis) {
    if (to[axis] == 1)
      continue;
    auto found = alongOther(units.units, *inner, to[axis], *elementsBehind(to, axis));
    if (found)
      return UnitAxis{axis, std::move(*found)};
  }
  return std::nullopt;
}

std::optional<UnitAxis> retort::reshapeUnitsBetween(ArrayRef<int64_t> from, const UnitAxis &units,
                                                    ArrayRef<int64_t> to, int64_t front,
                                                    int64_t behind) {
  if (units.axis < front || units.axis >= int64_t(from.size()) - behind)
    return std::nullopt;
  ArrayRef<int64_t> middle = from.drop_front(front).drop_back(behind),
                    other = to.drop_front(front).drop_back(behind);
  auto elements = [](ArrayRef<int64_t> shape) {
    int64_t product = 1;
    for (int64_t size : shape)
      product = size > 0 ? product * size : 0;
    return product;
  };
  if (elements(middle) == 0 || elements(middle) != elements(other))
    return std::nullopt;
  auto found = reshapeUnits(middle, {units.axis - front, units.units}, other);
  if (found)
    found->axis += front;
  return found;
}
