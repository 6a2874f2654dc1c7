// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops that use what the processor has.
#ifndef RETORT_LIB_SUPPORT_VECTORIZED_H
#define RETORT_LIB_SUPPORT_VECTORIZED_H

/// Before a function of loops over numbers: it is compiled for several generations of processors,
/// and the one that runs is chosen when the program starts. What it calls is not, unless inlined.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RETORT_VECTORIZED // resolvers run before the sanitizer is there
#endif
#endif

#if defined(RETORT_VECTORIZED)
#elif defined(__x86_64__) && defined(__linux__)
#define RETORT_VECTORIZED                                                                          \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RETORT_VECTORIZED
#endif

#endif
