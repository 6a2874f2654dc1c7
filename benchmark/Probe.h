// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine reaches at the moment: measured beside every figure, in one thread.
#ifndef RETORT_BENCHMARK_PROBE_H
#define RETORT_BENCHMARK_PROBE_H

#include <cstddef>

namespace retort {

/// Of the calling thread where it works alone, so that other processes count less; else of the
/// clock on the wall.
double secondsNow(unsigned threads);

/// Fused multiply-adds of f32 in registers, in 10^9 operations (two for each) a second.
double probeMultiplyAdd();

/// Plain reads of `bytes` of memory, in 10^9 bytes a second.
double probeRead(const void *data, size_t bytes);

} // namespace retort

#endif
