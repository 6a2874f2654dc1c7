// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the rows of an activation are like.
#include "lib/Calibrate/Accumulator.h"

#include <algorithm>
#include <cmath>

using namespace retort;

extern "C" void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k,
                       const float *alpha, const float *a, const int *lda, const float *beta,
                       float *c, const int *ldc);

Accumulator::Accumulator(int64_t inputs)
    : inputs(inputs), sum(inputs), magnitudes(inputs), squares(inputs),
      gram(inputs * (inputs + 1) / 2), largest(inputs) {}

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
    largest[k] = std::max(largest[k], magnitude);
  }
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
  return {seen, written[0], written[1], written[2], largest, written[3]};
}
