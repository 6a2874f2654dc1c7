// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normally distributed numbers by a counter (SplitMix64, doi:10.1145/2714064.2660195; Box and
// Muller 1958).
#include "lib/Compress/TuneLora/LoraStart.h"

#include "llvm/Support/xxhash.h"

#include <cmath>

using namespace retort;

static uint64_t mixed(uint64_t bits) {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

/// In (0, 1).
static double uniform(uint64_t bits) { return (double(bits >> 11) + .5) * 0x1p-53; }

std::vector<float> retort::normalNumbers(int64_t seed, llvm::StringRef name, int64_t count,
                                         double deviation) {
  uint64_t key = mixed(uint64_t(seed) ^ llvm::xxh3_64bits(name));
  std::vector<float> result;
  for (int64_t i = 0; i < count; ++i) {
    double radius = std::sqrt(-2 * std::log(uniform(mixed(key + uint64_t(2 * i))))),
           turn = 2 * 3.14159265358979323846 * uniform(mixed(key + uint64_t(2 * i + 1)));
    result.push_back(float(deviation * radius * std::cos(turn)));
  }
  return result;
}
