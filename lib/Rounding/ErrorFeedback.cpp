// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GPTQ: rounds one input after the other, and lets those that follow make up for it.
#include "lib/Rounding/ErrorFeedback.h"
#include "lib/Rounding/GroupScales.h"

#include "llvm/Support/Parallel.h"

#include <cmath>

using namespace retort;
using llvm::ArrayRef;

/// Inputs whose errors reach those behind them at once, by one product of matrices.
static constexpr int64_t blockSize = 128;

namespace {
class Feedback {
public:
  Feedback(GroupedMatrix &matrix, ArrayRef<int64_t> order, const InverseFactor &factor)
      : matrix(matrix), order(order), upper(factor.upper.data()), inputs(matrix.inputs),
        left(matrix.weights.size()), errors(matrix.outputs * blockSize) {
    for (int64_t input : order)
      groups.push_back(input / matrix.groupSize);
  }
  void run();

private:
  void roundRow(int64_t output, int64_t begin, int64_t end);

  GroupedMatrix &matrix;
  ArrayRef<int64_t> order;
  const float *upper;
  int64_t inputs;
  std::vector<int64_t> groups; ///< of the inputs in order
  std::vector<float> left;     ///< what is left to round, inputs in order
  std::vector<float> errors;   ///< of a block: outputs x blockSize
};
} // namespace

void Feedback::roundRow(int64_t output, int64_t begin, int64_t end) {
  float *row = left.data() + output * inputs, *error = errors.data() + output * blockSize;
  for (int64_t j = begin; j < end; ++j) {
    UniformScale scale = matrix.scales[output * matrix.groups() + groups[j]];
    int code = matrix.nearestAt(output, order[j], row[j]);
    matrix.setCode(output, order[j], code);
    const float *factors = upper + j * inputs;
    float share = (row[j] - matrix.numbers.decoded(code, scale)) / factors[j];
    error[j - begin] = share;
    addMultiple(row + j + 1, factors + j + 1, -share, end - j - 1);
  }
}

void Feedback::run() {
  llvm::parallelFor(0, matrix.outputs, [&](int64_t i) {
    for (int64_t j = 0; j < inputs; ++j)
      left[i * inputs + j] = matrix.weights[i * inputs + order[j]];
  });
  for (int64_t begin = 0; begin < inputs; begin += blockSize) {
    int64_t end = std::min(begin + blockSize, inputs);
    llvm::parallelFor(0, matrix.outputs, [&](int64_t i) { roundRow(i, begin, end); });
    multiply(matrix.outputs, inputs - end, end - begin, -1, errors.data(), blockSize,
             upper + begin * inputs + end, inputs, 1, left.data() + end, inputs);
  }
}

void retort::roundWithFeedback(GroupedMatrix &matrix, ArrayRef<int64_t> order,
                               const InverseFactor &factor) {
  Feedback(matrix, order, factor).run();
}
