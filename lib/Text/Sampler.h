// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses the next token from logits.
#ifndef RETORT_LIB_TEXT_SAMPLER_H
#define RETORT_LIB_TEXT_SAMPLER_H

#include "lib/Runtime/Result.h"

#include <cstdint>
#include <random>
#include <vector>

namespace retort::text {

struct SamplerOptions {
  double temperature = 0; ///< 0: the most probable token
  int64_t topK = 0;       ///< only the K most probable; 0: all
  double topP = 1;        ///< of those, the fewest that hold this share of the probability
  uint64_t seed = 0;
};

/// Temperature first, then top-k, then top-p (Holtzman et al., The Curious Case of Neural Text
/// Degeneration, section 3.1). The same seed and logits give the same tokens on every machine.
class Sampler {
public:
  /// An error names the option whose value is out of range.
  static runtime::Result<Sampler> create(const SamplerOptions &options);

  /// An index below `count`; of equal logits the first. An error where logits are not numbers.
  runtime::Result<int64_t> choose(const float *logits, int64_t count);

private:
  explicit Sampler(const SamplerOptions &options) : options(options), generator(options.seed) {}
  int64_t draw(const float *logits, int64_t count, float largest);
  void keepTop(const float *logits);

  SamplerOptions options;
  std::mt19937_64 generator;
  std::vector<int64_t> ids;    // candidates
  std::vector<double> weights; // theirs, before normalization
};

} // namespace retort::text

#endif
