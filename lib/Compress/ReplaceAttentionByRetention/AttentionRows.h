// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the forms that may stand in the place of attention make of the rows of one window.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_ATTENTIONROWS_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_ATTENTIONROWS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace retort {

/// Queries, keys and values of a text: H x T x D, G x T x D, G x T x E.
struct AttentionRows {
  const float *query, *key, *value;
  int64_t heads, groups, rows, keyWidth, valueWidth;
  float scale;

  const float *queryAt(int64_t head, int64_t row) const {
    return query + (head * rows + row) * keyWidth;
  }
  const float *keyAt(int64_t group, int64_t row) const {
    return key + (group * rows + row) * keyWidth;
  }
  const float *valueAt(int64_t group, int64_t row) const {
    return value + (group * rows + row) * valueWidth;
  }
  int64_t perGroup() const { return heads / groups; }
};

/// Where numbers of a head are written: row t begins at data + t * stride.
struct RowsOut {
  float *data;
  int64_t stride;
};

/// The softmax over the columns that are among the first `sinks`, or less than `window` before the
/// row; of one head, E numbers a row.
void attendTo(const AttentionRows &rows, int64_t head, int64_t sinks, int64_t window, RowsOut out);

/// (sum over j <= i of g^(i-j) (scale q_i k_j) v_j) / (sum over j <= i of g^(i-j)), of one head.
void retain(const AttentionRows &rows, int64_t head, double logDecay, RowsOut out);

/// The same with 1 in place of scale q_i k_j: what a group remembers of its values, of one group.
void average(const AttentionRows &rows, int64_t group, double logDecay, RowsOut out);

} // namespace retort

#endif
