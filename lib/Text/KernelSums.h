// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the time of a model's calls goes: sums over kernels.
#ifndef RETORT_LIB_TEXT_KERNELSUMS_H
#define RETORT_LIB_TEXT_KERNELSUMS_H

#include "lib/Runtime/Decoder.h"
#include "lib/Runtime/KernelTrace.h"

namespace retort::text {

struct KernelSum {
  std::string name;
  int64_t calls = 0;
  double seconds = 0, operations = 0, bytes = 0;
};

/// Calls of a model that were watched, each from `begins` to `ends`.
struct WatchedCalls {
  std::vector<double> begins, ends;
  std::vector<runtime::KernelTime> kernels;

  double seconds() const;
};

/// What a kernel is for: `linear f32` (products with a weight in this format), `attention`,
/// `norms`, `softmax`, `rotary embedding`, `products`, `reductions`, `copies`, `element-wise`.
std::string kindOfKernel(const runtime::KernelPlace &place);

/// What takes longest first. What is no kernel comes last, as `other`.
std::vector<KernelSum> sumByKind(const WatchedCalls &calls,
                                 const std::vector<runtime::KernelPlace> &places);
/// By the rounds of the loop of layers; those outside of it come last.
std::vector<KernelSum> sumByBlock(const WatchedCalls &calls);

struct WatchedModel {
  std::vector<runtime::KernelPlace> places;
  WatchedCalls prefill, decode;
};

/// Watches how a prompt of `prompt` tokens is read, once, and `generate` tokens behind it.
runtime::Result<WatchedModel> watchKernels(const runtime::Model &model, runtime::Decoder &decoder,
                                           int64_t prompt, int64_t generate);

} // namespace retort::text

#endif
