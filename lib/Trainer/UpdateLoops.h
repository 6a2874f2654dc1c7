// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of optimizers. Each element is by itself: whatever ranges they are called
// with, the bytes are the same.
#ifndef RETORT_LIB_TRAINER_UPDATELOOPS_H
#define RETORT_LIB_TRAINER_UPDATELOOPS_H

#include <cstdint>

namespace retort {

/// Of one parameter in one update.
struct AdamWFactors {
  float scale;                 ///< of the gradient
  float keepMean, addMean;     ///< beta1 and 1 - beta1
  float keepSquare, addSquare; ///< beta2 and 1 - beta2
  float rate;                  ///< over 1 - beta1^t
  float root;                  ///< of the root of the mean square: (1 - beta2^t)^-1/2
  float epsilon;
  float decay; ///< rate times weight decay
};
void updateAdamW(float *values, float *means, float *squares, const float *gradient, int64_t count,
                 const AdamWFactors &factors);

struct SgdFactors {
  float scale, momentum, rate, decay; ///< as above
};
void updateSgd(float *values, float *velocities, const float *gradient, int64_t count,
               const SgdFactors &factors);

/// In f64, in an order that does not follow from the processor.
double sumOfSquares(const float *numbers, int64_t count);

} // namespace retort

#endif
