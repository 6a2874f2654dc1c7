// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight as the matrix that solvers see.
#include "lib/Weights/OutputRows.h"

using namespace retort;

std::vector<float> OutputRows::gather(const LinearWeight &weight) const {
  std::vector<float> stored = weight.floats(), rows(stored.size());
  for (int64_t i = 0; i < outputs(); ++i)
    for (int64_t k = 0; k < inputs(); ++k)
      rows[i * inputs() + k] = stored[elementAt(i, k)];
  return rows;
}

std::vector<float> OutputRows::scatter(llvm::ArrayRef<float> rows) const {
  std::vector<float> stored(rows.size());
  for (int64_t i = 0; i < outputs(); ++i)
    for (int64_t k = 0; k < inputs(); ++k)
      stored[elementAt(i, k)] = rows[i * inputs() + k];
  return stored;
}
