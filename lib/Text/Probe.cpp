// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine reaches at the moment.
#include "lib/Text/Probe.h"

#include <cstdint>
#include <cstring>
#include <ctime>
#include <utility>

double retort::secondsNow(unsigned threads) {
  timespec now;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

double retort::measureRounds(void (*run)(int64_t rounds), int64_t rounds, int64_t operations) {
  run(rounds / 10);
  double begin = secondsNow(1);
  run(rounds);
  return 1e-9 * double(operations * rounds) / (secondsNow(1) - begin);
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

#if defined(__x86_64__)
/// Ten chains of dot products of four bytes each; in assembly, for it is the instruction that is
/// measured.
VECTOR_TARGET("avx512vnni,avx512vl") static void wideDots(int64_t rounds) {
  for (int64_t round = 0; round < rounds; ++round)
    asm volatile("vpdpbusd %%zmm10, %%zmm11, %%zmm0\n vpdpbusd %%zmm10, %%zmm11, %%zmm1\n"
                 "vpdpbusd %%zmm10, %%zmm11, %%zmm2\n vpdpbusd %%zmm10, %%zmm11, %%zmm3\n"
                 "vpdpbusd %%zmm10, %%zmm11, %%zmm4\n vpdpbusd %%zmm10, %%zmm11, %%zmm5\n"
                 "vpdpbusd %%zmm10, %%zmm11, %%zmm6\n vpdpbusd %%zmm10, %%zmm11, %%zmm7\n"
                 "vpdpbusd %%zmm10, %%zmm11, %%zmm8\n vpdpbusd %%zmm10, %%zmm11, %%zmm9\n" ::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9");
}
#endif

std::optional<double> retort::probeDotProduct() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512f")) {
    return measureRounds(wideDots, 1000000, 10 * 16 * 4 * 2);
  }
#endif
  return std::nullopt;
}

typedef uint64_t Words __attribute__((vector_size(32)));

static inline void add(Words &sum, const char *place) {
  Words part;
  std::memcpy(&part, place, sizeof(part));
  sum ^= part;
}

/// Reads `bytes` in so many streams that lie behind one another, two lines of each in turn.
template <int streams, bool fetches> static uint64_t readAll(const char *data, size_t bytes) {
  Words sums[4] = {};
  size_t length = bytes / streams / 128 * 128;
  for (size_t i = 0; i < length; i += 128)
    for (int stream = 0; stream < streams; ++stream) {
      const char *place = data + stream * length + i;
      if (fetches) {
        __builtin_prefetch(place + 1024);
        __builtin_prefetch(place + 1088);
      }
      for (int j = 0; j < 4; ++j)
        add(sums[j], place + 32 * j);
    }
  return (sums[0] ^ sums[1] ^ sums[2] ^ sums[3])[0];
}

double retort::probeRead(const void *data, size_t bytes) {
  size_t repeats = 1 + (64u << 20) / (bytes + 1);
  double best = 0;
  for (auto *read : {readAll<1, false>, readAll<4, false>, readAll<1, true>, readAll<4, true>}) {
    double begin = secondsNow(1);
    volatile uint64_t keep = 0;
    for (size_t repeat = 0; repeat < repeats; ++repeat)
      keep = keep ^ read(static_cast<const char *>(data), bytes);
    double rate = 1e-9 * double(bytes / 512 * 512) * double(repeats) / (secondsNow(1) - begin);
    best = rate > best ? rate : best;
  }
  return best;
}
