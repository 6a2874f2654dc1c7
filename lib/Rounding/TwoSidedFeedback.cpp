// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds one output after the other, and lets those that follow make up for it.
#include "lib/Rounding/TwoSidedFeedback.h"

#include "llvm/Support/Parallel.h"

using namespace retort;

/// Outputs whose errors reach those behind them at once, by one product of matrices.
static constexpr int64_t blockSize = 64;

namespace {
class TwoSidedFeedback {
public:
  TwoSidedFeedback(GroupedMatrix &matrix, const FeedbackSide &rows, const FeedbackSide &columns)
      : matrix(matrix), rows(rows), columns(columns), outputs(matrix.outputs),
        inputs(matrix.inputs), left(matrix.weights.size()), errors(blockSize * inputs) {}
  void run();

private:
  void roundRow(int64_t row, float *error);
  void roundBlock(int64_t begin, int64_t end);
  void bringErrors(int64_t begin, int64_t end);

  GroupedMatrix &matrix;
  const FeedbackSide &rows, &columns;
  int64_t outputs, inputs;
  std::vector<float> left;   ///< what is left to round, outputs and inputs in order
  std::vector<float> errors; ///< of a block: what each row is off by, over U_ii
};
} // namespace

/// Input after input; `error` becomes (w_i - q_i) / U_ii.
void TwoSidedFeedback::roundRow(int64_t row, float *error) {
  const float *target = left.data() + row * inputs, *upper = columns.factor.upper.data();
  int64_t output = rows.order[row];
  std::copy_n(target, inputs, error);
  float own = rows.factor.upper[row * outputs + row];
  for (int64_t j = 0; j < inputs; ++j) {
    int64_t input = columns.order[j];
    int code = matrix.nearestAt(output, input, error[j]);
    matrix.setCode(output, input, code);
    float value = matrix.numbers.decoded(code, matrix.scaleOf(output, input));
    const float *factors = upper + j * inputs;
    addMultiple(error + j + 1, factors + j + 1, -(error[j] - value) / factors[j], inputs - j - 1);
    error[j] = (target[j] - value) / own;
  }
}

void TwoSidedFeedback::roundBlock(int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    float *error = errors.data() + (i - begin) * inputs;
    roundRow(i, error);
    const float *factors = rows.factor.upper.data() + i * outputs;
    for (int64_t r = i + 1; r < end; ++r)
      addMultiple(left.data() + r * inputs, error, -factors[r], inputs);
  }
}

/// To the rows behind the block.
void TwoSidedFeedback::bringErrors(int64_t begin, int64_t end) {
  int64_t count = end - begin, behind = outputs - end;
  std::vector<float> factors(behind * count);
  for (int64_t r = 0; r < behind; ++r)
    for (int64_t i = 0; i < count; ++i)
      factors[r * count + i] = rows.factor.upper[(begin + i) * outputs + end + r];
  multiply(behind, inputs, count, -1, factors.data(), count, errors.data(), inputs, 1,
           left.data() + end * inputs, inputs);
}

void TwoSidedFeedback::run() {
  llvm::parallelFor(0, outputs, [&](int64_t i) {
    for (int64_t j = 0; j < inputs; ++j)
      left[i * inputs + j] = matrix.weights[rows.order[i] * inputs + columns.order[j]];
  });
  for (int64_t begin = 0; begin < outputs; begin += blockSize) {
    int64_t end = std::min(begin + blockSize, outputs);
    roundBlock(begin, end);
    bringErrors(begin, end);
  }
}

void retort::roundWithTwoSidedFeedback(GroupedMatrix &matrix, const FeedbackSide &outputs,
                                       const FeedbackSide &inputs) {
  TwoSidedFeedback(matrix, outputs, inputs).run();
}
