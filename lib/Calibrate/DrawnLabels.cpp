// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model itself says comes next, drawn: the first id at which the sum of probabilities
// exceeds a random number.
#include "lib/Calibrate/DrawnLabels.h"
#include "lib/Support/SplitMix.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>

using namespace retort;

/// From 0 up to, but not including, 1.
static double uniform(uint64_t call, uint64_t row) {
  return double(splitMix(splitMix(call) ^ row) >> 11) * 0x1p-53;
}

static int64_t draw(const float *logits, int64_t count, double share) {
  double most = *std::max_element(logits, logits + count), total = 0;
  for (int64_t i = 0; i < count; ++i)
    total += std::exp(logits[i] - most);
  double left = share * total;
  int64_t last = 0; // where rounding leaves something
  for (int64_t i = 0; i < count; ++i) {
    double part = std::exp(logits[i] - most);
    if (!(part > 0))
      continue;
    last = i;
    left -= part;
    if (left < 0)
      break;
  }
  return last;
}

std::vector<int64_t> retort::drawLabels(const runtime::Tensor &logits, uint64_t call) {
  int64_t ids = logits.shape().back(), rows = logits.count() / ids;
  runtime::Tensor numbers = logits.floatRows(0, rows);
  std::vector<int64_t> labels(rows);
  llvm::parallelFor(0, rows, [&](int64_t t) {
    labels[t] = draw(numbers.as<float>() + t * ids, ids, uniform(call, uint64_t(t)));
  });
  return labels;
}
