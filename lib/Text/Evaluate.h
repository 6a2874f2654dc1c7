// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores a model on windows of text, alone or beside another model.
#ifndef RETORT_LIB_TEXT_EVALUATE_H
#define RETORT_LIB_TEXT_EVALUATE_H

#include "lib/Runtime/Decoder.h"
#include "lib/Text/Tokenizer.h"

#include <functional>

namespace retort::text {

/// How far the model is from another one, over the scored tokens.
struct Comparison {
  double klMean = 0, klMax = 0; ///< KL(other || model), in nats
  double klError = 0;           ///< standard error of klMean
  double topAgreement = 0;      ///< share of the tokens whose most probable token is the same
  double largestDifference = 0; ///< of the logits
  double perplexity = 0;        ///< of the other model
};

struct Evaluation {
  int64_t tokens = 0; ///< scored
  double meanNll = 0; ///< in nats
  double nllError = 0; ///< standard error of meanNll
  double perplexity = 0;
  double bitsPerByte = 0;
  std::optional<Comparison> comparison;
  std::vector<double> nll, kl; ///< of each token, window by window; kl beside another model alone
};

/// Scores tokens 2.. of each window, which is read from an empty state in one call where the logits
/// of a window are small. `against` may be null; `tokenizer` too, where nobody asks for bits of a
/// byte. `progress` is told the number of windows that are done.
runtime::Result<Evaluation> evaluate(runtime::Decoder &decoder, runtime::Decoder *against,
                                     const Tokenizer *tokenizer,
                                     const std::vector<TokenIds> &windows,
                                     const std::function<void(int64_t)> &progress = nullptr);

} // namespace retort::text

#endif
