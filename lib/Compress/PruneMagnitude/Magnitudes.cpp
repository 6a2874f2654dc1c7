// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Magnitude pruning on plain arrays.
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

using namespace retort;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

static float magnitude(float value) { return std::isnan(value) ? HUGE_VALF : std::abs(value); }

/// 1. Find the magnitude of the last entry to go, by selection in linear time.
/// 2. Zero what is below it.
/// 3. Of those equal to it, zero the first ones until `count` is reached, so that the result
/// depends on nothing else.
void retort::zeroSmallest(MutableArrayRef<float> values, size_t count) {
  if (count == 0)
    return;
  std::vector<float> magnitudes(values.size());
  llvm::transform(values, magnitudes.begin(), magnitude);
  std::vector<float> order = magnitudes;
  std::nth_element(order.begin(), order.begin() + (count - 1), order.end());
  float last = order[count - 1];

  size_t below = llvm::count_if(magnitudes, [&](float magnitude) { return magnitude < last; });
  size_t equal = count - below;
  for (size_t i = 0; i < values.size(); ++i) {
    bool zero = magnitudes[i] < last || (magnitudes[i] == last && equal > 0 && equal--);
    if (zero)
      values[i] = 0;
  }
}

/// An entry stays where fewer than `kept` others of its column come before it in the order of
/// magnitude, later ones first among equals. Groups are small: comparing all pairs costs less than
/// sorting.
void retort::zeroAllBut(MutableArrayRef<float> values, int64_t columns, int64_t kept,
                        llvm::function_ref<void(int64_t, int64_t)> keep) {
  int64_t rows = values.size() / columns;
  std::vector<char> stays(values.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      float own = magnitude(values[row * columns + column]);
      int64_t before = 0;
      for (int64_t other = 0; other < rows; ++other) {
        float theirs = magnitude(values[other * columns + column]);
        before += theirs > own || (theirs == own && other > row);
      }
      if ((stays[row * columns + column] = before < kept))
        keep(row, column);
    }
  for (size_t i = 0; i < values.size(); ++i)
    if (!stays[i])
      values[i] = 0;
}

/// The bits of a magnitude, which are in its order.
static uint32_t bitsOf(float value) { return llvm::bit_cast<uint32_t>(magnitude(value)); }

SmallestMagnitudes::SmallestMagnitudes() : counts(1 << 16) {}

void SmallestMagnitudes::countHigh(ArrayRef<float> values) {
  for (float value : values)
    ++counts[bitsOf(value) >> 16];
}

/// The first bucket whose end reaches `left`, which becomes what is to be taken of it.
static uint32_t findBucket(ArrayRef<uint64_t> counts, uint64_t &left) {
  uint32_t bucket = 0;
  while (bucket + 1 < counts.size() && left > counts[bucket])
    left -= counts[bucket++];
  return bucket;
}

void SmallestMagnitudes::choose(uint64_t count) {
  none = count == 0;
  left = count;
  high = findBucket(counts, left);
  counts.assign(1 << 16, 0);
}

void SmallestMagnitudes::countLow(ArrayRef<float> values) {
  for (float value : values)
    if (uint32_t bits = bitsOf(value); bits >> 16 == high)
      ++counts[bits & 0xffff];
}

void SmallestMagnitudes::finish() {
  last = high << 16 | findBucket(counts, left);
  counts = {};
}

bool SmallestMagnitudes::goes(float value) {
  if (none)
    return false;
  uint32_t bits = bitsOf(value);
  return bits < last || (bits == last && left > 0 && left--);
}
