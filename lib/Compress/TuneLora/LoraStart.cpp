// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normally distributed numbers by a counter (Box and Muller 1958).
#include "lib/Compress/TuneLora/LoraStart.h"
#include "lib/Support/SplitMix.h"

#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace retort;

/// In (0, 1).
static double uniform(uint64_t bits) { return (double(bits >> 11) + .5) * 0x1p-53; }

std::vector<float> retort::normalNumbers(int64_t seed, llvm::StringRef name, int64_t count,
                                         double deviation) {
  uint64_t key = splitMix(uint64_t(seed) ^ llvm::xxh3_64bits(name));
  std::vector<float> result;
  for (int64_t i = 0; i < count; ++i) {
    double radius = std::sqrt(-2 * std::log(uniform(splitMix(key + uint64_t(2 * i))))),
           turn = 2 * 3.14159265358979323846 * uniform(splitMix(key + uint64_t(2 * i + 1)));
    result.push_back(float(deviation * radius * std::cos(turn)));
  }
  return result;
}
