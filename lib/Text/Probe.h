// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine reaches at the moment: measured beside figures, in one thread.
#ifndef RETORT_LIB_TEXT_PROBE_H
#define RETORT_LIB_TEXT_PROBE_H

#include <cstddef>
#include <cstdint>
#include <optional>

namespace retort {

/// Of the calling thread where it works alone, so that other processes count less; else of the
/// clock on the wall.
double secondsNow(unsigned threads);

/// Operations of `run`, so many a round, in 10^9 a second of this thread; a tenth of the rounds
/// goes before.
double measureRounds(void (*run)(int64_t rounds), int64_t rounds, int64_t operations);

/// Fused multiply-adds of f32 in registers, in 10^9 operations (two for each) a second.
double probeMultiplyAdd();

/// Dot products of bytes (AVX512-VNNI), in 10^9 operations (eight for each sum of four) a second;
/// nothing where the machine has none.
std::optional<double> probeDotProduct();

/// Products of tiles of bf16 (AMX), in 10^9 operations (two for each product of two numbers) a
/// second; nothing where the machine has no tiles, or the system does not grant them.
std::optional<double> probeTileProduct();

/// Reads of `bytes` of memory, in 10^9 bytes a second: the best of one stream and four, with and
/// without prefetch.
double probeRead(const void *data, size_t bytes);

} // namespace retort

#endif
