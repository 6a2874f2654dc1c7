// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What products of tiles reach at the moment.
#include "lib/Runtime/TilePermission.h"
#include "lib/Text/Probe.h"

#if defined(__x86_64__)
namespace {
/// Of ldtilecfg, palette 1.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
} // namespace

/// Four sums of products of two by two tiles, loaded before: the unit is slower where there is
/// something to multiply.
static void multiplyTiles(int64_t rounds) {
  static TileConfiguration configuration;
  alignas(64) uint16_t numbers[512];
  for (int i = 0; i < 512; ++i)
    numbers[i] = uint16_t(0x3f80 + i % 61); // from 1 to 1.48
  asm volatile("ldtilecfg %0" ::"m"(configuration));
  asm volatile("tilezero %%tmm0\n tilezero %%tmm1\n tilezero %%tmm2\n tilezero %%tmm3\n"
               "tileloadd (%0,%1,1), %%tmm4\n tileloadd (%0,%1,1), %%tmm5\n"
               "tileloadd (%0,%1,1), %%tmm6\n tileloadd (%0,%1,1), %%tmm7\n" ::"r"(numbers),
               "r"(int64_t(64))
               : "memory");
  for (int64_t round = 0; round < rounds; ++round)
    asm volatile("tdpbf16ps %tmm4, %tmm6, %tmm0\n tdpbf16ps %tmm5, %tmm6, %tmm1\n"
                 "tdpbf16ps %tmm4, %tmm7, %tmm2\n tdpbf16ps %tmm5, %tmm7, %tmm3\n");
  asm volatile("tilerelease");
}
#endif

std::optional<double> retort::probeTileProduct() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("amx-bf16") && runtime::TilePermission::ofProcess().isGranted())
    return measureRounds(multiplyTiles, 200000, 4 * 16 * 16 * 32 * 2);
#endif
  return std::nullopt;
}
