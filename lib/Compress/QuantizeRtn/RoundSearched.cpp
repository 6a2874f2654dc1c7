// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight with scales that suit its numbers, or to levels.
#include "lib/Compress/QuantizeRtn/RoundSearched.h"

using namespace retort;

WeightChange retort::roundSearched(LinearWeight &weight, const CodeForm &form, bool search) {
  GroupedMatrix matrix = form.matrixOf(weight);
  matrix.roundToNearest(search);
  RelativeError error;
  for (int64_t i = 0; i < matrix.outputs; ++i)
    for (int64_t k = 0; k < matrix.inputs; ++k)
      error.add(matrix.weights[i * matrix.inputs + k], matrix.valueAt(i, k));
  WeightChange change;
  change.bytesBefore = weight.bytes();
  form.replace(weight, matrix);
  change.bytesAfter = weight.bytes();
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  return change;
}
