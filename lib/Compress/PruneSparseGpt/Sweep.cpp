// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SparseGPT: removes weights input by input, and lets those that follow make up for it.
#include "lib/Compress/PruneSparseGpt/Sweep.h"
#include "lib/Rounding/Loops.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>

using namespace retort;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

/// Inputs whose removal reaches those behind them at once, by one product of matrices.
static constexpr int64_t usualBlock = 128;

namespace {
class Sweep {
public:
  Sweep(MutableArrayRef<float> weights, MutableArrayRef<char> kept, int64_t inputs,
        SparsePattern pattern, const InverseFactor &factor)
      : weights(weights), kept(kept), inputs(inputs), outputs(int64_t(weights.size()) / inputs),
        block(pattern.m ? std::max(usualBlock / pattern.m, int64_t(1)) * pattern.m : usualBlock),
        pattern(pattern), upper(factor.upper.data()), errors(outputs * block) {}
  void run();

private:
  float scoreOf(int64_t output, int64_t input) const;
  void chooseInBlock(int64_t begin, int64_t end);
  void chooseAmong(int64_t output, int64_t begin, int64_t end);
  void pruneRow(int64_t output, int64_t begin, int64_t end);

  MutableArrayRef<float> weights;
  MutableArrayRef<char> kept;
  int64_t inputs, outputs, block;
  SparsePattern pattern;
  const float *upper;
  std::vector<float> errors; ///< of a block: outputs x block
};
} // namespace

float Sweep::scoreOf(int64_t output, int64_t input) const {
  float share = weights[output * inputs + input] / upper[input * inputs + input];
  return share * share;
}

/// The least scores of a block of inputs go, over all outputs.
void Sweep::chooseInBlock(int64_t begin, int64_t end) {
  int64_t width = end - begin;
  std::vector<std::pair<float, int64_t>> scores;
  scores.reserve(outputs * width);
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t j = begin; j < end; ++j)
      scores.push_back({scoreOf(i, j), i * inputs + j});
  auto count = size_t(pattern.sparsity * double(scores.size()));
  std::nth_element(scores.begin(), scores.begin() + count, scores.end());
  for (size_t k = 0; k < scores.size(); ++k)
    kept[scores[k].second] = k >= count;
}

/// The n highest of these inputs stay.
void Sweep::chooseAmong(int64_t output, int64_t begin, int64_t end) {
  std::vector<std::pair<float, int64_t>> scores;
  for (int64_t j = begin; j < end; ++j)
    scores.push_back({-scoreOf(output, j), j});
  std::sort(scores.begin(), scores.end());
  for (size_t k = 0; k < scores.size(); ++k)
    kept[output * inputs + scores[k].second] = int64_t(k) < pattern.n;
}

void Sweep::pruneRow(int64_t output, int64_t begin, int64_t end) {
  float *row = weights.data() + output * inputs, *error = errors.data() + output * block;
  for (int64_t j = begin; j < end; ++j) {
    if (pattern.m && j % pattern.m == 0)
      chooseAmong(output, j, std::min(j + pattern.m, inputs));
    bool stays = kept[output * inputs + j];
    const float *factors = upper + j * inputs;
    float share = stays ? 0 : row[j] / factors[j];
    error[j - begin] = share;
    if (stays)
      continue;
    row[j] = 0;
    addMultiple(row + j + 1, factors + j + 1, -share, end - j - 1);
  }
}

void Sweep::run() {
  for (int64_t begin = 0; begin < inputs; begin += block) {
    int64_t end = std::min(begin + block, inputs);
    if (!pattern.m)
      chooseInBlock(begin, end);
    llvm::parallelFor(0, outputs, [&](int64_t i) { pruneRow(i, begin, end); });
    multiply(outputs, inputs - end, end - begin, -1, errors.data(), block,
             upper + begin * inputs + end, inputs, 1, weights.data() + end, inputs);
  }
}

void retort::pruneWithFeedback(MutableArrayRef<float> weights, MutableArrayRef<char> kept,
                               int64_t inputs, SparsePattern pattern, const InverseFactor &factor) {
  Sweep(weights, kept, inputs, pattern, factor).run();
}
