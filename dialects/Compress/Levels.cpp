// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What codes and scales of compress.decode_levels stand for.
#include "dialects/Compress/Levels.h"

#include "llvm/ADT/bit.h"

#include <algorithm>

using namespace retort;
using compress::ScaleLadder;

/// The upper half of the levels, the outermost at 1: the fixed points of Lloyd's iteration on the
/// unit normal distribution.
static std::vector<float> upperLevels(unsigned bits) {
  switch (bits) {
  case 2:
    return {.2997714f, 1};
  case 3:
    return {.1138942f, .3513124f, .6245089f, 1};
  case 4:
    return {.0469866f, .1420075f, .2403431f, .3448525f, .4597219f, .5921293f, .7571636f, 1};
  case 5:
    return {.0202070f, .0607384f, .1016270f, .1431272f, .1855208f, .2291312f, .2743448f, .3216404f,
            .3716356f, .4251622f, .4833969f, .5481079f, .6221695f, .7108033f, .8253114f, 1};
  default:
    std::vector<float> even;
    float outermost = float((1 << bits) - 1);
    for (int i = 1; i < 1 << bits; i += 2)
      even.push_back(float(i) / outermost);
    return even;
  }
}

std::vector<float> compress::levelsOf(unsigned bits) {
  std::vector<float> upper = upperLevels(bits), levels;
  std::for_each(upper.rbegin(), upper.rend(), [&](float level) { levels.push_back(-level); });
  levels.insert(levels.end(), upper.begin(), upper.end());
  return levels;
}

std::vector<float> compress::middlesOf(llvm::ArrayRef<float> levels) {
  std::vector<float> middles;
  for (size_t i = 0; i + 1 < levels.size(); ++i)
    middles.push_back((levels[i] + levels[i + 1]) / 2);
  return middles;
}

ScaleLadder ScaleLadder::between(float low, float high) {
  auto first = llvm::bit_cast<int32_t>(low), last = llvm::bit_cast<int32_t>(high);
  return {first, int32_t((int64_t(last) - first + count - 2) / (count - 1))};
}

float ScaleLadder::at(int64_t i) const { return llvm::bit_cast<float>(int32_t(first + i * step)); }

int64_t ScaleLadder::nearest(float scale) const {
  if (!(scale > at(0)) || step == 0)
    return 0;
  int64_t above = (int64_t(llvm::bit_cast<int32_t>(scale)) - first) / step;
  if (above >= count - 1)
    return count - 1;
  return scale - at(above) > at(above + 1) - scale ? above + 1 : above;
}

bool ScaleLadder::isValid() const {
  int64_t last = first + (count - 1) * int64_t(step);
  return first > 0 && step >= 0 && last < 0x7f800000;
}
