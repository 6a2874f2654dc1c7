// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the rows of an activation are like.
#include "lib/Calibrate/Accumulator.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

using namespace retort;

extern "C" void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k,
                       const float *alpha, const float *a, const int *lda, const float *beta,
                       float *c, const int *ldc);

// Bins of |x| by the upper bits of an f32: 32 in an octave, so that the middle of one is less than
// 1.6 % off.
static constexpr unsigned binShift = 18, binCount = 1u << 13;

Accumulator::Accumulator(int64_t inputs)
    : inputs(inputs), sum(inputs), magnitudes(inputs), squares(inputs),
      gram(inputs * (inputs + 1) / 2), least(inputs, INFINITY), most(inputs, -INFINITY),
      magnitudeCounts(binCount) {}

/// x'x of these rows. Row-major rows are the columns of a column-major matrix, whose upper triangle
/// is the lower one here.
void Accumulator::addGram(const float *rows, int64_t count) {
  int n = int(inputs), k = int(count);
  float one = 1, zero = 0;
  std::vector<float> product(inputs * inputs);
  ssyrk_("U", "N", &n, &k, &one, rows, &n, &zero, product.data(), &n);
  double *next = gram.data();
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j <= i; ++j)
      *next++ += product[i * inputs + j];
}

/// Sums of one row.
void Accumulator::addRow(const float *row) {
  for (int64_t k = 0; k < inputs; ++k) {
    float x = row[k], magnitude = std::abs(x);
    sum[k] += x;
    magnitudes[k] += magnitude;
    squares[k] += double(x) * x;
    least[k] = std::min(least[k], x);
    most[k] = std::max(most[k], x);
  }
  for (int64_t k = 0; k < inputs; ++k)
    ++magnitudeCounts[llvm::bit_cast<uint32_t>(std::abs(row[k])) >> binShift];
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
  for (int64_t i = 0; i < count; ++i) {
    const float *row = rows + i * inputs;
    const float *bad = std::find_if(row, row + inputs, [](float x) { return !std::isfinite(x); });
    if (bad != row + inputs)
      return llvm::createStringError("holds " + std::to_string(*bad) + " at row " +
                                     std::to_string(i) + ", input " + std::to_string(bad - row));
    addRow(row);
  }
  addGram(rows, count);
  seen += count;
  return llvm::Error::success();
}

Moments Accumulator::moments() {
  const std::vector<double> *sums[] = {&sum, &magnitudes, &squares, &gram};
  for (int i = 0; i < 4; ++i)
    written[i].assign(sums[i]->begin(), sums[i]->end());
  std::vector<float> &largest = written[4], &low = written[5], &high = written[6];
  for (std::vector<float> *list : {&largest, &low, &high})
    list->assign(inputs, 0); // where there is no row
  for (int64_t k = 0; seen > 0 && k < inputs; ++k) {
    low[k] = least[k];
    high[k] = most[k];
    largest[k] = std::max(std::abs(low[k]), std::abs(high[k]));
  }
  Moments result{seen, written[0], written[1], written[2], largest, written[3], {}, low, high};
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
  std::memcpy(values, bytes.data(), count * sizeof(T));
  bytes = bytes.drop_front(count * sizeof(T));
  return true;
}

void Accumulator::save(llvm::raw_ostream &stream) const {
  const int64_t sizes[] = {inputs, seen};
  put(stream, sizes, 2);
  for (const std::vector<double> *sums : {&sum, &magnitudes, &squares, &gram})
    put(stream, sums->data(), sums->size());
  put(stream, least.data(), least.size());
  put(stream, most.data(), most.size());
  put(stream, magnitudeCounts.data(), magnitudeCounts.size());
}

bool Accumulator::load(llvm::StringRef &bytes) {
  int64_t sizes[2];
  if (!take(bytes, sizes, 2) || sizes[0] != inputs)
    return false;
  seen = sizes[1];
  for (std::vector<double> *sums : {&sum, &magnitudes, &squares, &gram})
    if (!take(bytes, sums->data(), sums->size()))
      return false;
  return take(bytes, least.data(), least.size()) && take(bytes, most.data(), most.size()) &&
         take(bytes, magnitudeCounts.data(), magnitudeCounts.size());
}
