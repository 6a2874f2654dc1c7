// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrices of LSTM, GRU and RNN: some rows of one direction of a tensor directions x rows x K.
#ifndef RETORT_LIB_LOWER_RECURRENTWEIGHTS_H
#define RETORT_LIB_LOWER_RECURRENTWEIGHTS_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// Rows `first` to `first + count` of the matrix of `direction`.
struct RecurrentWeight {
  Value tensor; // of the original function
  int64_t direction;
  Value first, count;
};

/// x (rows x K) times the matrix, transposed: rows x count, in f32 or wider. A constant is packed,
/// and its codes stay codes.
Value multiplyByRows(Emitter &e, Operation *op, Value x, const RecurrentWeight &weight);

} // namespace retort

#endif
