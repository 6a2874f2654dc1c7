// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of rounding.
#include "lib/Rounding/Loops.h"
#include "lib/Support/Vectorized.h"

#include <cstring>

using namespace retort;

namespace {
constexpr int64_t laneCount = 16;
using Lanes = float __attribute__((vector_size(laneCount * sizeof(float))));

/// Three sums, each in lanes.
struct LaneSums {
  Lanes left{}, product{}, square{};
};
} // namespace

/// Up to 16 values; the rest is filled with what is behind them.
static inline __attribute__((always_inline)) void take(Lanes &lanes, const float *values) {
  std::memcpy(&lanes, values, sizeof(lanes));
}

static inline __attribute__((always_inline)) void note(LaneSums &sums, const Lanes &value,
                                                       const Lanes &number, float scale) {
  Lanes left = value - number * scale;
  sums.left += left * left;
  sums.product += value * number;
  sums.square += number * number;
}

static inline __attribute__((always_inline)) double total(const Lanes &lanes) {
  double sum = 0;
  for (int64_t i = 0; i < laneCount; ++i)
    sum += double(lanes[i]);
  return sum;
}

static inline __attribute__((always_inline)) FitSums totals(const LaneSums &sums) {
  return {total(sums.left), total(sums.product), total(sums.square)};
}

RETORT_VECTORIZED void retort::addMultiple(float *__restrict y, const float *__restrict x, float a,
                                           int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    y[i] += a * x[i];
}

RETORT_VECTORIZED float retort::dotProduct(const float *x, const float *y, int64_t count) {
  Lanes sums{}, a, b;
  int64_t i = 0;
  for (; i + laneCount <= count; i += laneCount) {
    take(a, x + i);
    take(b, y + i);
    sums += a * b;
  }
  float rest = 0;
  for (; i < count; ++i)
    rest += x[i] * y[i];
  return float(total(sums)) + rest;
}

/// Adding 1.5 * 2^23 leaves no bits for a fraction.
static constexpr float roundingTerm = 12582912.0f;

static inline __attribute__((always_inline)) void noteEven(LaneSums &sums, const Lanes &value,
                                                           float scale, float inverse,
                                                           const EvenNumbers &numbers) {
  Lanes code = (value * inverse - numbers.offset) * (1 / numbers.step);
  code = code > numbers.lowest ? code : Lanes{} + numbers.lowest;
  code = code < numbers.highest ? code : Lanes{} + numbers.highest;
  code = (code + roundingTerm) - roundingTerm;
  note(sums, value, code * numbers.step + numbers.offset, scale);
}

static inline __attribute__((always_inline)) void noteTable(LaneSums &sums, const Lanes &value,
                                                            float scale, float inverse,
                                                            const float *table,
                                                            const float *middles, int64_t entries) {
  Lanes place = value * inverse, number = Lanes{} + table[0];
  for (int64_t m = 0; m + 1 < entries; ++m)
    number = place > middles[m] ? Lanes{} + table[m + 1] : number;
  note(sums, value, number, scale);
}

/// What a rest of fewer values than lanes has too much: the sums of `lanes` behind the first.
static inline __attribute__((always_inline)) void keepFirst(LaneSums &sums, int64_t first) {
  for (int64_t i = first; i < laneCount; ++i)
    sums.left[i] = sums.product[i] = sums.square[i] = 0;
}

static inline __attribute__((always_inline)) void addTo(LaneSums &sums, const LaneSums &more) {
  sums.left += more.left;
  sums.product += more.product;
  sums.square += more.square;
}

/// The sums of all values, as `note` adds them for some lanes.
template <typename Note>
static inline __attribute__((always_inline)) FitSums sumsOf(const float *values, int64_t count,
                                                            Note note) {
  LaneSums sums, rest;
  Lanes lanes{};
  int64_t i = 0;
  for (; i + laneCount <= count; i += laneCount) {
    take(lanes, values + i);
    note(sums, lanes);
  }
  if (i < count) {
    std::memcpy(&lanes, values + i, size_t(count - i) * sizeof(float));
    note(rest, lanes);
    keepFirst(rest, count - i);
    addTo(sums, rest);
  }
  return totals(sums);
}

RETORT_VECTORIZED FitSums retort::sumsOfEven(const float *values, int64_t count, float scale,
                                             EvenNumbers numbers) {
  auto note = [&](LaneSums &sums, const Lanes &lanes) __attribute__((always_inline)) {
    noteEven(sums, lanes, scale, 1 / scale, numbers);
  };
  return sumsOf(values, count, note);
}

RETORT_VECTORIZED FitSums retort::sumsOfTable(const float *values, int64_t count, float scale,
                                              const float *table, const float *middles,
                                              int64_t entries) {
  auto note = [&](LaneSums &sums, const Lanes &lanes) __attribute__((always_inline)) {
    noteTable(sums, lanes, scale, 1 / scale, table, middles, entries);
  };
  return sumsOf(values, count, note);
}
