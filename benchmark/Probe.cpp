// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine reaches at the moment.
#include "benchmark/Probe.h"

#include <cstdint>
#include <cstring>
#include <ctime>
#include <utility>

double retort::secondsNow(unsigned threads) {
  timespec now;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

#if defined(__x86_64__)
#define VECTOR_TARGET(name) __attribute__((target(name), noinline))
#endif

/// Twelve chains of vectors of `lanes`: enough for two units of four cycles each.
template <typename Vector>
static inline __attribute__((always_inline)) float chains(int64_t rounds) {
  Vector sums[12], factor, term;
  for (size_t i = 0; i < sizeof(Vector) / sizeof(float); ++i)
    factor[i] = 0.999f, term[i] = 0.001f;
  for (Vector &sum : sums)
    sum = term;
  for (int64_t round = 0; round < rounds; ++round) {
#pragma clang fp contract(fast)
#pragma unroll
    for (Vector &sum : sums)
      sum = sum * factor + term;
  }
  float total = 0;
  for (const Vector &sum : sums)
    total += sum[0];
  return total;
}

typedef float Wide __attribute__((vector_size(64)));
typedef float Middle __attribute__((vector_size(32)));
typedef float Narrow __attribute__((vector_size(16)));

#if defined(__x86_64__)
VECTOR_TARGET("avx512f") static float wideChains(int64_t n) { return chains<Wide>(n); }
VECTOR_TARGET("avx2,fma") static float middleChains(int64_t n) { return chains<Middle>(n); }
#endif
static float narrowChains(int64_t n) { return chains<Narrow>(n); }

double retort::probeMultiplyAdd() {
  auto [run, lanes] = [] {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
      return std::pair(&wideChains, 16);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return std::pair(&middleChains, 8);
#endif
    return std::pair(&narrowChains, 4);
  }();
  constexpr int64_t rounds = 1000000;
  volatile float keep = run(rounds / 10);
  double begin = secondsNow(1);
  keep = run(rounds);
  (void)keep;
  return 2e-9 * 12 * lanes * rounds / (secondsNow(1) - begin);
}

double retort::probeRead(const void *data, size_t bytes) {
  typedef uint64_t Words __attribute__((vector_size(32)));
  auto *words = static_cast<const char *>(data);
  Words sums[4] = {};
  double begin = secondsNow(1);
  size_t repeats = 1 + (64u << 20) / (bytes + 1);
  for (size_t repeat = 0; repeat < repeats; ++repeat)
    for (size_t i = 0; i + 128 <= bytes; i += 128)
      for (int j = 0; j < 4; ++j) {
        Words part;
        std::memcpy(&part, words + i + 32 * j, sizeof(part));
        sums[j] ^= part;
      }
  double seconds = (secondsNow(1) - begin);
  volatile uint64_t keep = (sums[0] ^ sums[1] ^ sums[2] ^ sums[3])[0];
  (void)keep;
  return 1e-9 * double(bytes / 128 * 128) * repeats / seconds;
}
