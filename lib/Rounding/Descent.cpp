// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Improves codes and scales one at a time, each as far as it goes while the others stay.
#include "lib/Rounding/Descent.h"
#include "lib/Rounding/GroupScales.h"

#include "llvm/Support/Parallel.h"

#include <cmath>

using namespace retort;

/// Groups that are improved before their changes reach the other inputs, by one product of
/// matrices.
static constexpr int64_t leastBlock = 128;

namespace {
class Descent {
public:
  Descent(GroupedMatrix &matrix, const Hessian &hessian, bool keepsCodes);
  void pass();

private:
  void improveRow(int64_t output);
  void improveCode(int64_t output, int64_t input, UniformScale scale, float *slopes,
                   float *changes);
  void improveScale(int64_t output, int64_t first, float *slopes, float *changes);
  void change(int64_t input, float by, float *slopes, float *changes);

  GroupedMatrix &matrix;
  const Hessian &hessian;
  bool keepsCodes;
  int64_t inputs, block, begin = 0, end = 0;
  std::vector<float> gradient; ///< E H, outputs x inputs
  std::vector<float> changed;  ///< of E in a block, outputs x block
};
} // namespace

Descent::Descent(GroupedMatrix &matrix, const Hessian &hessian, bool keepsCodes)
    : matrix(matrix), hessian(hessian), keepsCodes(keepsCodes), inputs(matrix.inputs),
      block((leastBlock + matrix.groupSize - 1) / matrix.groupSize * matrix.groupSize),
      gradient(matrix.weights.size()) {
  block = std::min(block, inputs);
  changed.resize(matrix.outputs * block);
  std::vector<float> error = matrix.error();
  multiply(matrix.outputs, inputs, inputs, 1, error.data(), inputs, hessian.elements.data(), inputs,
           0, gradient.data(), inputs);
}

/// E_ij grows: within the block the gradient follows at once.
void Descent::change(int64_t input, float by, float *slopes, float *changes) {
  addMultiple(slopes + begin, hessian.row(input) + begin, by, end - begin);
  changes[input - begin] += by;
}

void Descent::improveCode(int64_t output, int64_t input, UniformScale scale, float *slopes,
                          float *changes) {
  float curvature = hessian.at(input, input);
  if (!(curvature > 0) || !matrix.isKept(output, input))
    return;
  int code = matrix.codeAt(output, input);
  float now = matrix.numbers.decoded(code, scale);
  int better = matrix.numbers.nearest(now - slopes[input] / curvature, scale);
  float step = matrix.numbers.decoded(better, scale) - now;
  if (better == code || step * (slopes[input] + .5f * step * curvature) >= 0)
    return;
  matrix.setCode(output, input, better);
  change(input, step, slopes, changes);
}

void Descent::improveScale(int64_t output, int64_t first, float *slopes, float *changes) {
  int64_t last = std::min(first + matrix.groupSize, inputs);
  UniformScale &scale = matrix.scaleOf(output, first);
  std::vector<float> number(last - first);
  for (int64_t k = first; k < last; ++k)
    number[k - first] = matrix.numbers.numberOf(matrix.codeAt(output, k), scale.zero);
  double slope = 0, curvature = 0;
  for (int64_t j = first; j < last; ++j) {
    float sum = dotProduct(hessian.row(j) + first, number.data(), last - first);
    slope += double(number[j - first]) * slopes[j];
    curvature += double(number[j - first]) * sum;
  }
  if (!(curvature > 0))
    return;
  float better = matrix.round(float(scale.scale - slope / curvature)), by = better - scale.scale;
  if (better == 0 || by * (slope + .5 * by * curvature) >= 0)
    return;
  scale.scale = better;
  for (int64_t k = first; k < last; ++k)
    if (float step = number[k - first] * by; step != 0)
      change(k, step, slopes, changes);
}

void Descent::improveRow(int64_t output) {
  float *slopes = gradient.data() + output * inputs, *changes = changed.data() + output * block;
  std::fill(changes, changes + block, 0.0f);
  std::vector<float> before(slopes + begin, slopes + end);
  for (int64_t first = begin; first < end && !keepsCodes; first += matrix.groupSize) {
    UniformScale scale = matrix.scaleOf(output, first);
    for (int64_t j = first; j < std::min(first + matrix.groupSize, end); ++j)
      improveCode(output, j, scale, slopes, changes);
  }
  for (int64_t first = begin; first < end; first += matrix.groupSize)
    improveScale(output, first, slopes, changes);
  // The product that follows brings the changes to all inputs, those of the block among them.
  std::copy(before.begin(), before.end(), slopes + begin);
}

void Descent::pass() {
  for (begin = 0; begin < inputs; begin = end) {
    end = std::min(begin + block, inputs);
    llvm::parallelFor(0, matrix.outputs, [&](int64_t i) { improveRow(i); });
    multiply(matrix.outputs, inputs, end - begin, 1, changed.data(), block, hessian.row(begin),
             inputs, 1, gradient.data(), inputs);
  }
}

void retort::descend(GroupedMatrix &matrix, const Hessian &hessian, int64_t passes) {
  Descent descent(matrix, hessian, /*keepsCodes=*/false);
  for (int64_t i = 0; i < passes; ++i)
    descent.pass();
}

void retort::descendScales(GroupedMatrix &matrix, const Hessian &hessian, int64_t passes) {
  double before = outputError(matrix.error(), matrix.outputs, hessian);
  for (int64_t i = 0; i < passes; ++i) {
    // What many small changes leave of the gradient is computed anew.
    Descent(matrix, hessian, /*keepsCodes=*/true).pass();
    double after = outputError(matrix.error(), matrix.outputs, hessian);
    if (!(after < before * (1 - 1e-6)))
      return;
    before = after;
  }
}
