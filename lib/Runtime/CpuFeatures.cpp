// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether this processor has what a model was compiled for.
#include "lib/Runtime/CpuFeatures.h"

#include <cstring>

namespace {
struct Feature {
  const char *name;
  bool present;
};
} // namespace

static const std::vector<Feature> &knownFeatures() {
#if defined(__x86_64__)
// __builtin_cpu_supports takes literals only; it asks the operating system too (saved registers).
#define RETORT_FEATURE(name)                                                                       \
  {                                                                                                \
    name, bool(__builtin_cpu_supports(name))                                                       \
  }
  static const std::vector<Feature> features = {
      RETORT_FEATURE("sse3"),         RETORT_FEATURE("ssse3"),
      RETORT_FEATURE("sse4.1"),       RETORT_FEATURE("sse4.2"),
      RETORT_FEATURE("popcnt"),       RETORT_FEATURE("avx"),
      RETORT_FEATURE("avx2"),         RETORT_FEATURE("fma"),
      RETORT_FEATURE("bmi"),          RETORT_FEATURE("bmi2"),
      RETORT_FEATURE("lzcnt"),        RETORT_FEATURE("movbe"),
      RETORT_FEATURE("f16c"),         RETORT_FEATURE("adx"),
      RETORT_FEATURE("aes"),          RETORT_FEATURE("pclmul"),
      RETORT_FEATURE("sha"),          RETORT_FEATURE("gfni"),
      RETORT_FEATURE("vaes"),         RETORT_FEATURE("vpclmulqdq"),
      RETORT_FEATURE("avx512f"),      RETORT_FEATURE("avx512vl"),
      RETORT_FEATURE("avx512bw"),     RETORT_FEATURE("avx512dq"),
      RETORT_FEATURE("avx512cd"),     RETORT_FEATURE("avx512vnni"),
      RETORT_FEATURE("avx512bf16"),   RETORT_FEATURE("avx512ifma"),
      RETORT_FEATURE("avx512vbmi"),   RETORT_FEATURE("avx512vbmi2"),
      RETORT_FEATURE("avx512bitalg"), RETORT_FEATURE("avx512vpopcntdq"),
      RETORT_FEATURE("avx512fp16"),   RETORT_FEATURE("avxvnni"),
      RETORT_FEATURE("avxifma"),      RETORT_FEATURE("avxvnniint8"),
      RETORT_FEATURE("avxneconvert"), RETORT_FEATURE("amx-tile"),
      RETORT_FEATURE("amx-int8"),     RETORT_FEATURE("amx-bf16"),
      RETORT_FEATURE("fma4"),         RETORT_FEATURE("xop"),
  };
#undef RETORT_FEATURE
#else
  static const std::vector<Feature> features;
#endif
  return features;
}

std::vector<std::string>
retort::runtime::missingCpuFeatures(const std::vector<std::string> &features) {
  std::vector<std::string> missing;
  for (const std::string &feature : features)
    for (const Feature &known : knownFeatures())
      if (feature.size() > 1 && feature[0] == '+' &&
          feature.compare(1, std::string::npos, known.name) == 0 && !known.present)
        missing.push_back(known.name);
  return missing;
}
