// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The frequencies of extended rotary embeddings.
#include "lib/Compress/ExtendRope/RopeScaling.h"

#include <algorithm>
#include <cmath>

using namespace retort;

bool retort::needsBase(const RopeScaling &scaling) {
  bool blends = scaling.method == RopeMethod::NtkByParts || scaling.method == RopeMethod::Yarn;
  return blends && scaling.overIndex;
}

double retort::yarnAttentionFactor(double factor) { return 0.1 * std::log(factor) + 1; }

namespace {
/// How much of a pair's frequency is kept: 1 stays, 0 is interpolated.
class Ramp {
public:
  Ramp(const RopeScaling &scaling, double base, int64_t width) : scaling(scaling) {
    low = pairThatTurns(scaling.betaFast, base, width);
    high = pairThatTurns(scaling.betaSlow, base, width);
    if (scaling.truncate) {
      low = std::floor(low);
      high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, double(width - 1));
    if (low == high)
      high += 0.001;
  }

  double keep(int64_t pair, double frequency) const {
    if (scaling.overIndex)
      return 1 - std::clamp((double(pair) - low) / (high - low), 0.0, 1.0);
    double turns = scaling.length * frequency / (2 * M_PI);
    return std::clamp((turns - scaling.betaSlow) / (scaling.betaFast - scaling.betaSlow), 0.0, 1.0);
  }

private:
  /// The index k, not whole, with `turns` = L b^(-2k/D) / (2 pi).
  double pairThatTurns(double turns, double base, int64_t width) const {
    return double(width) * std::log(double(scaling.length) / (turns * 2 * M_PI)) /
           (2 * std::log(base));
  }

  const RopeScaling &scaling;
  double low, high;
};
} // namespace

std::vector<double> retort::scaleFrequencies(llvm::ArrayRef<double> frequencies, double base,
                                             const RopeScaling &scaling) {
  std::vector<double> result(frequencies.begin(), frequencies.end());
  int64_t width = 2 * int64_t(result.size());
  Ramp ramp(scaling, base, width);
  for (int64_t k = 0; k < int64_t(result.size()); ++k) {
    double &frequency = result[k];
    switch (scaling.method) {
    case RopeMethod::Pi:
      frequency /= scaling.factor;
      break;
    case RopeMethod::Ntk: // (b s^(D/(D-2)))^(-2k/D) = b^(-2k/D) s^(-2k/(D-2))
      if (width > 2)
        frequency *= std::pow(scaling.factor, -2.0 * double(k) / double(width - 2));
      break;
    case RopeMethod::NtkByParts:
    case RopeMethod::Yarn: {
      double keep = ramp.keep(k, frequency);
      frequency = frequency / scaling.factor * (1 - keep) + frequency * keep;
      break;
    }
    }
  }
  return result;
}
