// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses the next token from logits.
#include "lib/Text/Sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace retort::text;
using retort::runtime::Error;
using retort::runtime::Result;

static std::string shown(double value) {
  std::string text = std::to_string(value); // "1.500000"
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

Result<Sampler> Sampler::create(const SamplerOptions &options) {
  if (!std::isfinite(options.temperature) || options.temperature < 0)
    return Error{"expects a temperature of at least 0, found " + shown(options.temperature)};
  if (options.topK < 0)
    return Error{"expects a top-k of at least 0, found " + std::to_string(options.topK)};
  if (!(options.topP > 0 && options.topP <= 1))
    return Error{"expects a top-p above 0 and up to 1, found " + shown(options.topP)};
  return Sampler(options);
}

Result<int64_t> Sampler::choose(const float *logits, int64_t count) {
  int64_t best = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (std::isnan(logits[i]))
      return Error{"the model's logits are not numbers"};
    if (logits[i] > logits[best])
      best = i;
  }
  if (count < 1 || !std::isfinite(logits[best]))
    return Error{"the model's logits are not finite"};
  return options.temperature == 0 ? best : draw(logits, count, logits[best]);
}

/// Keeps the first candidates, by falling logit, that top-k and top-p allow.
void Sampler::keepTop(const float *logits) {
  auto before = [&](int64_t a, int64_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  if (options.topK > 0 && options.topK < int64_t(ids.size())) {
    std::partial_sort(ids.begin(), ids.begin() + options.topK, ids.end(), before);
    ids.resize(size_t(options.topK));
  } else if (options.topP < 1) {
    std::sort(ids.begin(), ids.end(), before);
  }
}

/// 1. weights exp((l - max) / temperature) of the candidates;
/// 2. the fewest whose weights reach top-p of their sum;
/// 3. the first whose running sum passes a uniform number.
int64_t Sampler::draw(const float *logits, int64_t count, float largest) {
  ids.resize(size_t(count));
  std::iota(ids.begin(), ids.end(), 0);
  keepTop(logits);
  weights.clear();
  for (int64_t id : ids)
    weights.push_back(std::exp((double(logits[id]) - largest) / options.temperature));

  double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (options.topP < 1) {
    double kept = 0, enough = options.topP * sum;
    size_t size = 0;
    while (size < weights.size() && (size == 0 || kept < enough))
      kept += weights[size++];
    weights.resize(size);
    sum = kept;
  }

  double rest = double(generator() >> 11) * 0x1p-53 * sum;
  for (size_t i = 0; i < weights.size(); ++i) {
    rest -= weights[i];
    if (rest < 0)
      return ids[i];
  }
  return ids[weights.size() - 1];
}
