// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How well logits predict a token, and how far two rows of logits are apart.
#include "lib/Text/Scores.h"

#include <algorithm>
#include <cmath>

double retort::text::logSumExp(const float *x, int64_t count) {
  double largest = *std::max_element(x, x + count), sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += std::exp(double(x[i]) - largest);
  return largest + std::log(sum);
}

double retort::text::negativeLogLikelihood(const float *logits, int64_t count, int64_t target) {
  return logSumExp(logits, count) - double(logits[target]);
}

retort::text::RowDistance retort::text::distance(const float *logits, const float *reference,
                                                 int64_t count) {
  double total = logSumExp(logits, count), referenceTotal = logSumExp(reference, count);
  RowDistance result{0, 0, true};
  for (int64_t i = 0; i < count; ++i) {
    double logP = double(reference[i]) - referenceTotal, logQ = double(logits[i]) - total;
    if (double p = std::exp(logP); p > 0) // 0 log 0 is 0
      result.kl += p * (logP - logQ);
    if (logits[i] != reference[i]) // two infinities are not apart
      result.largestDifference =
          std::max(result.largestDifference, std::abs(double(logits[i]) - reference[i]));
  }
  result.kl = std::max(result.kl, 0.0); // rounding may pass below
  result.sameTop = std::max_element(logits, logits + count) - logits ==
                   std::max_element(reference, reference + count) - reference;
  return result;
}
