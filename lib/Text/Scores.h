// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How well logits predict a token, and how far two rows of logits are apart.
#ifndef RETORT_LIB_TEXT_SCORES_H
#define RETORT_LIB_TEXT_SCORES_H

#include <cstdint>

namespace retort::text {

/// log(sum(exp(x))) without overflow.
double logSumExp(const float *x, int64_t count);

/// -log softmax(logits)[target], in nats.
double negativeLogLikelihood(const float *logits, int64_t count, int64_t target);

struct RowDistance {
  double kl;                ///< KL(softmax(reference) || softmax(logits)), in nats
  double largestDifference; ///< of the logits
  bool sameTop;             ///< whether the most probable token is the same
};
RowDistance distance(const float *logits, const float *reference, int64_t count);

} // namespace retort::text

#endif
