// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads decays off the numbers of a mask. Quotients of two elements of one row are free of the
// row's scale; the one whose elements lie furthest apart tells the decay most exactly.
#include "lib/Recognize/WrittenRetention.h"

#include <cmath>

using namespace retort;

namespace {
/// Of the largest number of the row.
constexpr double tolerance = 2e-5;
/// Below this, a power has lost digits.
constexpr double smallest = 1e-30;

class PowersReader {
public:
  PowersReader(llvm::ArrayRef<double> weights, int64_t heads, int64_t rows, int64_t channels)
      : weights(weights), rows(rows) {
    powers.heads = heads;
    powers.channels = channels;
  }
  std::optional<DecayPowers> read(std::string &reason);

private:
  double at(int64_t head, int64_t i, int64_t j, int64_t channel) const {
    return weights[((head * rows + i) * rows + j) * powers.channels + channel];
  }
  bool readDecay(int64_t head, int64_t channel);
  bool holds(int64_t head, int64_t channel, DecayPowers::Rows kind) const;

  llvm::ArrayRef<double> weights;
  int64_t rows;
  DecayPowers powers;
};
} // namespace

/// Of the last row: its second-last element and one far before it.
bool PowersReader::readDecay(int64_t head, int64_t channel) {
  int64_t last = rows - 1;
  double near = at(head, last, last - 1, channel), far = 0;
  int64_t distance = 0;
  for (int64_t j = last - 2; j >= 0; --j)
    if (double each = at(head, last, j, channel); each / near > smallest) {
      far = each;
      distance = last - 1 - j;
    }
  if (!(near > 0) || distance == 0)
    return false;
  powers.logDecay.push_back(std::log(far / near) / double(distance));
  powers.bonus.push_back(at(head, last, last, channel) / near);
  return true;
}

bool PowersReader::holds(int64_t head, int64_t channel, DecayPowers::Rows kind) const {
  int64_t place = head * powers.channels + channel;
  double log = powers.logDecay[place], sum = 0;
  bool isBefore = !powers.bonus.empty();
  for (int64_t i = 0; i < rows; ++i) {
    sum += std::exp(log * double(i));
    double scale = kind == DecayPowers::Plain ? 1
                   : kind == DecayPowers::Sum ? 1 / sum
                                              : 1 / std::sqrt(sum);
    double most = isBefore ? std::max(1.0, std::abs(powers.bonus[place])) : scale;
    for (int64_t j = 0; j < rows; ++j) {
      double wanted = 0;
      if (j == i)
        wanted = isBefore ? powers.bonus[place] : scale;
      else if (j < i)
        wanted = scale * std::exp(log * double(i - j - (isBefore ? 1 : 0)));
      if (!(std::abs(at(head, i, j, channel) - wanted) <= tolerance * most))
        return false;
    }
  }
  return true;
}

std::optional<DecayPowers> PowersReader::read(std::string &reason) {
  for (int64_t head = 0; head < powers.heads; ++head)
    for (int64_t channel = 0; channel < powers.channels; ++channel)
      if (!readDecay(head, channel)) {
        reason = "what its scores are multiplied with is no decay";
        return std::nullopt;
      }
  auto all = [&](DecayPowers::Rows kind) {
    for (int64_t head = 0; head < powers.heads; ++head)
      for (int64_t channel = 0; channel < powers.channels; ++channel)
        if (!holds(head, channel, kind))
          return false;
    powers.rows = kind;
    return true;
  };
  std::vector<double> bonus;
  std::swap(bonus, powers.bonus);
  if (all(DecayPowers::Plain))
    return powers;
  if (powers.channels == 1 && (all(DecayPowers::RootOfSum) || all(DecayPowers::Sum)))
    return powers;
  std::swap(bonus, powers.bonus);
  if (all(DecayPowers::Plain))
    return powers;
  reason = "what its scores are multiplied with is no power of a decay for each row that lies "
           "between, times a scale that is known";
  return std::nullopt;
}

std::optional<DecayPowers> DecayPowers::of(llvm::ArrayRef<double> weights, int64_t heads,
                                           int64_t rows, int64_t channels, std::string &reason) {
  if (rows < 3)
    return std::nullopt;
  return PowersReader(weights, heads, rows, channels).read(reason);
}
