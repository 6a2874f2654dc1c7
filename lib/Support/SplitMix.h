// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random numbers that follow from a counter: nothing of them need be kept, and no order matters.
#ifndef RETORT_LIB_SUPPORT_SPLITMIX_H
#define RETORT_LIB_SUPPORT_SPLITMIX_H

#include <cstdint>

namespace retort {

/// A bijection of 64 bits in which each bit of the result follows from all of the argument
/// (SplitMix64: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014,
/// doi:10.1145/2714064.2660195).
inline uint64_t splitMix(uint64_t bits) {
  bits += 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

} // namespace retort

#endif
