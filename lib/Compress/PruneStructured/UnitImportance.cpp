// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter to a loss.
#include "lib/Compress/PruneStructured/UnitImportance.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <cstring>

using namespace retort;

std::optional<Importance> retort::importanceNamed(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<Importance>>(name)
      .Case("random", Importance::Random)
      .Case("magnitude", Importance::Magnitude)
      .Case("vector", Importance::Vector)
      .Case("element", Importance::Element)
      .Case("second", Importance::Second)
      .Case("mix", Importance::Mix)
      .Default(std::nullopt);
}

bool retort::needsGradients(Importance importance) {
  return importance != Importance::Random && importance != Importance::Magnitude;
}

static double termOf(Importance importance, const ImportanceMember &member, size_t i) {
  double w = member.weights[i];
  switch (importance) {
  case Importance::Random:
    return 0;
  case Importance::Magnitude:
    return w * w;
  case Importance::Vector:
    return w * member.mean[i];
  case Importance::Element:
    return std::abs(w * member.mean[i]);
  case Importance::Second:
    return w * w * member.square[i];
  case Importance::Mix:
    return std::abs(w * member.mean[i] - w * w * member.square[i] / 2);
  }
  return 0;
}

void retort::addImportance(llvm::MutableArrayRef<double> scores, Importance importance,
                           const ImportanceMember &member) {
  int64_t inner = 1, size = member.shape[member.units.axis];
  for (int64_t length : member.shape.drop_front(member.units.axis + 1))
    inner *= length;
  std::vector<double> sums(scores.size());
  for (size_t i = 0; i < member.weights.size(); ++i)
    if (int32_t unit = member.units.units[int64_t(i) / inner % size]; unit >= 0)
      sums[unit] += termOf(importance, member, i);
  for (auto [score, sum] : llvm::zip_equal(scores, sums))
    score += std::abs(sum);
}

std::vector<double> retort::randomScores(int64_t units, int64_t seed, llvm::StringRef name) {
  std::vector<double> scores;
  uint64_t key[3] = {uint64_t(seed), llvm::xxh3_64bits(name), 0};
  for (int64_t i = 0; i < units; ++i) {
    key[2] = uint64_t(i);
    uint8_t bytes[sizeof(key)];
    std::memcpy(bytes, key, sizeof(key));
    scores.push_back(double(llvm::xxh3_64bits(llvm::ArrayRef<uint8_t>(bytes)) >> 11) * 0x1p-53);
  }
  return scores;
}
