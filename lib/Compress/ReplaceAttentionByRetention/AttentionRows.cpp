// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the forms that may stand in the place of attention make of the rows of one window.
#include "lib/Compress/ReplaceAttentionByRetention/AttentionRows.h"
#include "lib/Analysis/SinkWindow.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace retort;

static float dot(const float *a, const float *b, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += a[i] * b[i];
  return sum;
}

void retort::attendTo(const AttentionRows &rows, int64_t head, int64_t sinks, int64_t window,
                      RowsOut out) {
  int64_t group = head / rows.perGroup(), width = rows.valueWidth;
  SinkWindow shape{sinks, window};
  std::vector<float> scores(rows.rows);
  std::vector<int64_t> columns;
  for (int64_t i = 0; i < rows.rows; ++i) {
    columns.clear();
    for (int64_t j = 0; j <= i; ++j)
      if (shape.sees(i, j))
        columns.push_back(j);
    float most = -INFINITY;
    for (auto [at, j] : llvm::enumerate(columns)) {
      scores[at] = rows.scale * dot(rows.queryAt(head, i), rows.keyAt(group, j), rows.keyWidth);
      most = std::max(most, scores[at]);
    }
    float *result = out.data + i * out.stride, sum = 0;
    std::fill_n(result, width, 0.0f);
    for (auto [at, j] : llvm::enumerate(columns)) {
      float share = std::exp(scores[at] - most);
      sum += share;
      const float *value = rows.valueAt(group, j);
      for (int64_t e = 0; e < width; ++e)
        result[e] += share * value[e];
    }
    for (int64_t e = 0; e < width; ++e)
      result[e] /= sum;
  }
}

/// Sums of decay factors, row by row: s <- g s + 1.
static float nextDivisor(double &sum, double decay) {
  sum = decay * sum + 1;
  return float(1 / sum);
}

void retort::retain(const AttentionRows &rows, int64_t head, double logDecay, RowsOut out) {
  int64_t group = head / rows.perGroup(), width = rows.valueWidth;
  std::vector<float> state(rows.keyWidth * width);
  double sum = 0, decay = std::exp(logDecay);
  for (int64_t i = 0; i < rows.rows; ++i) {
    const float *query = rows.queryAt(head, i), *key = rows.keyAt(group, i),
                *value = rows.valueAt(group, i);
    float *result = out.data + i * out.stride, part = rows.scale * nextDivisor(sum, decay);
    std::fill_n(result, width, 0.0f);
    for (int64_t d = 0; d < rows.keyWidth; ++d) {
      float *line = state.data() + d * width, asked = part * query[d];
      for (int64_t e = 0; e < width; ++e) {
        line[e] = float(decay) * line[e] + key[d] * value[e];
        result[e] += asked * line[e];
      }
    }
  }
}

void retort::average(const AttentionRows &rows, int64_t group, double logDecay, RowsOut out) {
  int64_t width = rows.valueWidth;
  std::vector<float> state(width);
  double sum = 0, decay = std::exp(logDecay);
  for (int64_t i = 0; i < rows.rows; ++i) {
    const float *value = rows.valueAt(group, i);
    float *result = out.data + i * out.stride, part = nextDivisor(sum, decay);
    for (int64_t e = 0; e < width; ++e) {
      state[e] = float(decay) * state[e] + value[e];
      result[e] = part * state[e];
    }
  }
}
