// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight with scales that suit its numbers, or to levels.
#include "lib/Compress/QuantizeRtn/RoundSearched.h"

using namespace retort;

WeightChange retort::roundSearched(LinearWeight &weight, const CodeForm &form, bool search) {
  GroupedMatrix matrix = form.matrixOf(weight);
  matrix.roundToNearest(search);
  RelativeError error;
  std::vector<float> row(matrix.inputs);
  for (int64_t i = 0; i < matrix.outputs; ++i) {
    matrix.forEachInGroups(i, [&](int64_t k, UniformScale scale) {
      row[k] = matrix.numbers.decoded(matrix.codeAt(i, k), scale);
    });
    error.add(llvm::ArrayRef(matrix.weights).slice(i * matrix.inputs, matrix.inputs), row);
  }
  WeightChange change;
  change.bytesBefore = weight.bytes();
  form.replace(weight, matrix);
  change.bytesAfter = weight.bytes();
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  return change;
}
