// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight on its way to codes.
#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Rounding/FitLadder.h"
#include "lib/Rounding/GroupScales.h"

#include "llvm/Support/Parallel.h"

using namespace retort;

float GroupedMatrix::valueAt(int64_t output, int64_t input) const {
  return numbers.decoded(codeAt(output, input), scaleOf(output, input));
}

/// Of what is kept of a group.
UniformScale GroupedMatrix::fitGroup(int64_t output, int64_t begin, int64_t end, bool search,
                                     llvm::function_ref<float(float)> round) const {
  llvm::ArrayRef<float> group(weights.data() + output * inputs + begin, end - begin);
  llvm::SmallVector<float> some;
  for (int64_t k = begin; !kept.empty() && k < end; ++k)
    if (isKept(output, k))
      some.push_back(group[k - begin]);
  if (!kept.empty())
    group = some;
  if (group.empty())
    return numbers.fit(0, 0, round);
  auto [low, high] = std::minmax_element(group.begin(), group.end());
  return search ? searchScale(group, numbers, round) : numbers.fit(*low, *high, round);
}

void GroupedMatrix::roundGroups(bool search, llvm::function_ref<float(float)> round) {
  codes.assign(weights.size(), 0);
  scales.assign(outputs * groups(), {});
  llvm::parallelFor(0, outputs, [&](int64_t i) {
    for (int64_t begin = 0; begin < inputs; begin += groupSize) {
      int64_t end = std::min(begin + groupSize, inputs);
      scaleOf(i, begin) = fitGroup(i, begin, end, search, round);
      for (int64_t k = begin; k < end; ++k)
        setCode(i, k, nearestAt(i, k, weights[i * inputs + k]));
    }
  });
}

/// A ladder for the scales as they are; what is nearest to them on it.
void GroupedMatrix::snapScales() {
  ladder = fitLadder(scales);
  for (UniformScale &scale : scales)
    scale.scale = round(scale.scale);
  llvm::parallelFor(0, outputs, [&](int64_t i) {
    for (int64_t k = 0; k < inputs; ++k)
      setCode(i, k, nearestAt(i, k, weights[i * inputs + k]));
  });
}

void GroupedMatrix::roundToNearest(bool search) {
  if (!hasLadder)
    return roundGroups(search, roundScale);
  roundGroups(search, [](float scale) { return scale; });
  snapScales();
}

/// For each element what `of` makes of its place and of what its code stands for.
template <typename Of> static std::vector<float> decode(const GroupedMatrix &matrix, Of of) {
  std::vector<float> result(matrix.outputs * matrix.inputs);
  llvm::parallelFor(0, matrix.outputs, [&](int64_t i) {
    matrix.forEachInGroups(i, [&](int64_t k, UniformScale scale) {
      int64_t place = i * matrix.inputs + k;
      result[place] = of(place, matrix.numbers.decoded(matrix.codeAt(i, k), scale));
    });
  });
  return result;
}

std::vector<float> GroupedMatrix::values() const {
  return decode(*this, [](int64_t, float value) { return value; });
}

std::vector<float> GroupedMatrix::error() const {
  return decode(*this, [&](int64_t place, float value) { return value - weights[place]; });
}
