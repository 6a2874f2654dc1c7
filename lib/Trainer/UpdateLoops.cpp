// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of optimizers.
#include "lib/Trainer/UpdateLoops.h"
#include "lib/Support/Vectorized.h"

#include <cmath>

using namespace retort;

RETORT_VECTORIZED void retort::updateAdamW(float *__restrict values, float *__restrict means,
                                           float *__restrict squares,
                                           const float *__restrict gradient, int64_t count,
                                           const AdamWFactors &factors) {
  const AdamWFactors f = factors; // what is written cannot be a part of it
  for (int64_t i = 0; i < count; ++i) {
    float g = f.scale * gradient[i];
    float mean = f.keepMean * means[i] + f.addMean * g;
    float square = f.keepSquare * squares[i] + f.addSquare * (g * g);
    means[i] = mean;
    squares[i] = square;
    float step = f.rate * mean / (f.root * std::sqrt(square) + f.epsilon);
    values[i] -= f.decay * values[i] + step;
  }
}

RETORT_VECTORIZED void retort::updateSgd(float *__restrict values, float *__restrict velocities,
                                         const float *__restrict gradient, int64_t count,
                                         const SgdFactors &factors) {
  const SgdFactors f = factors;
  for (int64_t i = 0; i < count; ++i) {
    float velocity = f.momentum * velocities[i] + f.scale * gradient[i];
    velocities[i] = velocity;
    values[i] -= f.decay * values[i] + f.rate * velocity;
  }
}

// Squares of f32 are exact in f64, so it makes no difference whether they are fused with the sum.
RETORT_VECTORIZED double retort::sumOfSquares(const float *numbers, int64_t count) {
  constexpr int64_t lanes = 8;
  double sums[lanes] = {};
  int64_t whole = count / lanes * lanes;
  for (int64_t i = 0; i < whole; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane)
      sums[lane] += double(numbers[i + lane]) * double(numbers[i + lane]);
  for (int64_t i = whole; i < count; ++i)
    sums[i - whole] += double(numbers[i]) * double(numbers[i]);
  double sum = 0;
  for (double each : sums)
    sum += each;
  return sum;
}
