// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the time of a model's calls goes: sums over kernels.
#include "lib/Text/KernelSums.h"

#include "lib/Text/Measure.h"

#include <algorithm>
#include <map>

using namespace retort::text;
using namespace retort::runtime;

double WatchedCalls::seconds() const {
  double sum = 0;
  for (size_t i = 0; i < begins.size(); ++i)
    sum += ends[i] - begins[i];
  return sum;
}

/// `linear_f32_768x2048_3` without the sizes and the number, and with spaces.
static std::string formatOf(std::string kernel) {
  for (int i = 0; i < 2; ++i)
    kernel.resize(std::min(kernel.rfind('_'), kernel.size()));
  std::replace(kernel.begin(), kernel.end(), '_', ' ');
  return kernel;
}

/// The operation in "node 'name' (Softmax)" or "node 'llm.rms_norm'".
static std::string operationOf(const std::string &node) {
  size_t begin = node.rfind('('), end = node.rfind(')');
  if (begin != std::string::npos && end != std::string::npos && begin < end)
    return node.substr(begin + 1, end - begin - 1);
  begin = node.rfind('.');
  end = node.rfind('\'');
  bool isName = begin != std::string::npos && end != std::string::npos && begin < end;
  return isName ? node.substr(begin + 1, end - begin - 1) : "";
}

std::string retort::text::kindOfKernel(const KernelPlace &place) {
  auto begins = [&](const char *word) { return place.kernel.rfind(word, 0) == 0; };
  if (begins("linear_"))
    return formatOf(place.kernel);
  std::string operation = operationOf(place.node);
  auto has = [&](const char *word) { return operation.find(word) != std::string::npos; };
  if (has("ttention") || has("retention"))
    return "attention";
  if (has("norm") || has("Normalization"))
    return "norms";
  if (has("Softmax"))
    return "softmax";
  if (has("rope") || has("RotaryEmbedding"))
    return "rotary embedding";
  return begins("copy_")      ? "copies"
         : begins("product_") ? "products"
         : begins("reduce_")  ? "reductions"
                              : "element-wise";
}

static void add(KernelSum &sum, const KernelTime &time) {
  ++sum.calls;
  sum.seconds += time.end - time.begin;
  sum.operations += double(time.operations);
  sum.bytes += double(time.bytes);
}

std::vector<KernelSum> retort::text::sumByKind(const WatchedCalls &calls,
                                               const std::vector<KernelPlace> &places) {
  std::map<std::string, KernelSum> byName;
  double inKernels = 0;
  for (const KernelTime &time : calls.kernels) {
    add(byName[kindOfKernel(places[size_t(time.place)])], time);
    inKernels += time.end - time.begin;
  }
  std::vector<KernelSum> sums;
  for (auto &[name, sum] : byName) {
    sums.push_back(sum);
    sums.back().name = name;
  }
  std::sort(sums.begin(), sums.end(), [](const KernelSum &a, const KernelSum &b) {
    return a.seconds != b.seconds ? a.seconds > b.seconds : a.name < b.name;
  });
  sums.push_back({"other", 0, std::max(calls.seconds() - inKernels, 0.), 0, 0});
  return sums;
}

std::vector<KernelSum> retort::text::sumByBlock(const WatchedCalls &calls) {
  std::map<int64_t, KernelSum> byRound;
  KernelSum outside;
  for (const KernelTime &time : calls.kernels)
    add(time.round < 0 ? outside : byRound[time.round], time);
  std::vector<KernelSum> sums;
  for (auto &[round, sum] : byRound) {
    sums.push_back(sum);
    sums.back().name = std::to_string(round);
  }
  sums.push_back(outside);
  sums.back().name = "outside";
  return sums;
}

static void watch(KernelTrace &trace, Decoder &decoder, const TokenIds &tokens,
                  WatchedCalls &calls) {
  double begin = trace.seconds();
  if (auto logits = decoder.feedForLast(tokens); !logits)
    throw Failure(logits.error());
  calls.begins.push_back(begin);
  calls.ends.push_back(trace.seconds());
  for (const KernelTime &time : trace.take())
    calls.kernels.push_back(time);
}

Result<WatchedModel> retort::text::watchKernels(const Model &model, Decoder &decoder,
                                                int64_t prompt, int64_t generate) {
  decoder.reset();
  auto vocabulary = countLogits(decoder);
  if (!vocabulary)
    return Error{vocabulary.error()};
  auto trace = KernelTrace::start(model);
  if (!trace)
    return Error{trace.error()};
  return catching<WatchedModel>([&] {
    WatchedModel result;
    result.places = (*trace)->places();
    TokenIds tokens = arbitraryTokens(prompt + generate, *vocabulary);
    decoder.reset();
    watch(**trace, decoder, TokenIds(tokens.begin(), tokens.begin() + prompt), result.prefill);
    for (int64_t i = 0; i < generate; ++i)
      watch(**trace, decoder, {tokens[size_t(prompt + i)]}, result.decode);
    return result;
  });
}
