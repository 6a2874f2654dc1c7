// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the rows of an activation are like.
#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/RowLoops.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>

using namespace retort;

// Bins of |x| by the upper bits of an f32: 32 in an octave, so that the middle of one is less than
// 1.6 % off.
static constexpr unsigned binShift = 18, binCount = 1u << 13;
/// Beyond 2^60, squares of a few rows are beyond f32; so are infinity, and what is no number.
static constexpr uint32_t mostBits = (127u + 60) << 23;
Accumulator::Accumulator(int64_t inputs, KeptSums kept, llvm::StringRef folder)
    : inputs(inputs), sum(inputs), magnitudes(inputs), squares(inputs),
      gram(kept == KeptSums::Moments ? 0 : inputs, folder), least(inputs, INFINITY),
      most(inputs, -INFINITY), magnitudeCounts(binCount), folder(folder) {}

/// Some neighbouring inputs, which one thread takes.
struct Accumulator::Stripe {
  int64_t begin, end;
  std::vector<int64_t> magnitudeCounts;
  int64_t badRow = -1, badInput = -1; ///< the first number whose square is not finite
};

void Accumulator::addStripe(Stripe &stripe, const float *rows, int64_t count) {
  int64_t width = stripe.end - stripe.begin;
  StripeSums sums;
  addRows(sums, least.data() + stripe.begin, most.data() + stripe.begin, rows + stripe.begin, count,
          inputs, width);
  stripe.magnitudeCounts.assign(binCount, 0);
  int64_t bad = countMagnitudes(stripe.magnitudeCounts.data(), binShift, mostBits,
                                rows + stripe.begin, count, inputs, width);
  stripe.badRow = bad < 0 ? -1 : bad / width;
  stripe.badInput = bad < 0 ? -1 : stripe.begin + bad % width;
  for (int64_t k = 0; k < width; ++k) {
    sum[stripe.begin + k] += sums.sum[k];
    magnitudes[stripe.begin + k] += sums.magnitudes[k];
    squares[stripe.begin + k] += sums.squares[k];
  }
}

/// The magnitude that this share of all numbers does not exceed: the middle of its bin.
double Accumulator::percentile(double share) const {
  double left = share * double(seen) * double(inputs);
  for (uint32_t bin = 0; bin < binCount; ++bin) {
    left -= double(magnitudeCounts[bin]);
    if (left <= 0 && magnitudeCounts[bin] > 0)
      return bin == 0 ? 0
                      : (double(llvm::bit_cast<float>(bin << binShift)) +
                         llvm::bit_cast<float>(((bin + 1) << binShift) - 1)) /
                            2;
  }
  return 0;
}

llvm::Error Accumulator::add(const float *rows, int64_t count) {
  std::vector<Stripe> stripes;
  for (int64_t begin = 0; begin < inputs; begin += StripeSums::most)
    stripes.push_back({begin, std::min(begin + StripeSums::most, inputs), {}});
  llvm::parallelFor(0, stripes.size(), [&](size_t i) { addStripe(stripes[i], rows, count); });
  for (const Stripe &stripe : stripes) {
    if (stripe.badRow >= 0)
      return llvm::createStringError(
          "holds " + std::to_string(rows[stripe.badRow * inputs + stripe.badInput]) + " at row " +
          std::to_string(stripe.badRow) + ", input " + std::to_string(stripe.badInput));
    for (unsigned bin = 0; bin < binCount; ++bin)
      magnitudeCounts[bin] += stripe.magnitudeCounts[bin];
  }
  gram.add(rows, count);
  seen += count;
  return llvm::Error::success();
}

Moments Accumulator::moments() {
  const std::vector<double> *sums[] = {&sum, &magnitudes, &squares};
  for (int i = 0; i < 3; ++i)
    written[i].assign(sums[i]->begin(), sums[i]->end());
  std::vector<float> &largest = written[3], &low = written[4], &high = written[5];
  for (std::vector<float> *list : {&largest, &low, &high})
    list->assign(inputs, 0); // where there is no row
  for (int64_t k = 0; seen > 0 && k < inputs; ++k) {
    low[k] = least[k];
    high[k] = most[k];
    largest[k] = std::max(std::abs(low[k]), std::abs(high[k]));
  }
  writtenGram = gram.rounded(folder);
  Moments result{seen, written[0], written[1], written[2], largest, writtenGram.list(),
                 {},   low,        high};
  float top = *std::max_element(largest.begin(), largest.end());
  if (seen > 0)
    for (double share : {.99, .999, .9999})
      result.percentiles.push_back(std::min(percentile(share), double(top)));
  return result;
}

template <typename T> static void put(llvm::raw_ostream &stream, const T *values, size_t count) {
  stream.write(reinterpret_cast<const char *>(values), count * sizeof(T));
}

template <typename T> static bool take(llvm::StringRef &bytes, T *values, size_t count) {
  if (bytes.size() < count * sizeof(T))
    return false;
  if (count > 0)
    std::memcpy(values, bytes.data(), count * sizeof(T));
  bytes = bytes.drop_front(count * sizeof(T));
  return true;
}

void Accumulator::save(llvm::raw_ostream &stream) const {
  const int64_t sizes[] = {inputs, seen, int64_t(gram.size())};
  put(stream, sizes, 3);
  for (const std::vector<double> *sums : {&sum, &magnitudes, &squares})
    put(stream, sums->data(), sums->size());
  gram.save(stream);
  put(stream, least.data(), least.size());
  put(stream, most.data(), most.size());
  put(stream, magnitudeCounts.data(), magnitudeCounts.size());
}

bool Accumulator::load(llvm::StringRef &bytes) {
  int64_t sizes[3];
  if (!take(bytes, sizes, 3) || sizes[0] != inputs || sizes[2] != int64_t(gram.size()))
    return false;
  seen = sizes[1];
  for (std::vector<double> *sums : {&sum, &magnitudes, &squares})
    if (!take(bytes, sums->data(), sums->size()))
      return false;
  return gram.load(bytes) && take(bytes, least.data(), least.size()) &&
         take(bytes, most.data(), most.size()) &&
         take(bytes, magnitudeCounts.data(), magnitudeCounts.size());
}
