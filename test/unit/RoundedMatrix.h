// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A random matrix in codes, for tests of what becomes of them.
#ifndef RETORT_TEST_UNIT_ROUNDEDMATRIX_H
#define RETORT_TEST_UNIT_ROUNDEDMATRIX_H

#include "lib/Rounding/GroupedMatrix.h"
#include "test/unit/RandomNumbers.h"

namespace retort {

/// Rounded to nearest, with scales that are searched for, or those of the largest magnitudes.
inline GroupedMatrix makeMatrix(int64_t outputs, int64_t inputs, int64_t groupSize,
                                const CodeNumbers &numbers, unsigned seed, bool search = true) {
  GroupedMatrix matrix;
  matrix.outputs = outputs;
  matrix.inputs = inputs;
  matrix.groupSize = groupSize;
  matrix.numbers = numbers;
  matrix.hasLadder = numbers.isTable();
  matrix.roundScale = [](float scale) { return scale; };
  matrix.weights = normals(outputs * inputs, seed);
  matrix.roundToNearest(search);
  return matrix;
}

} // namespace retort

#endif
