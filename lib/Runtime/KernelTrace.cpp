// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When each kernel of a model ran.
#include "lib/Runtime/KernelTrace.h"

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>

using namespace retort::runtime;

static std::atomic<KernelTrace *> living{nullptr};

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// -1 ends what began last: an entry point calls one kernel after the other.
void KernelTrace::observe(int64_t place, int64_t round, int64_t operations, int64_t bytes) {
  KernelTrace *trace = living.load(std::memory_order_relaxed);
  if (!trace)
    return;
  double time = now() - trace->zero;
  if (place >= 0)
    trace->times.push_back({place, round, operations, bytes, time, time});
  else if (!trace->times.empty())
    trace->times.back().end = time;
}

Result<std::unique_ptr<KernelTrace>> KernelTrace::start(const Model &model) {
  auto pointer = model.symbol("retort_observer");
  auto table = model.symbol("retort_calls");
  if (!pointer || !table)
    return Error{"the code cannot be watched: it was compiled by another version, or calls no "
                 "kernels"};
  return catching<std::unique_ptr<KernelTrace>>([&] {
    std::unique_ptr<KernelTrace> trace(new KernelTrace(static_cast<Observer *>(*pointer)));
    for (const auto &call : nlohmann::json::parse(static_cast<const char *>(*table)))
      trace->sites.push_back({call.at("kernel"), call.at("node")});
    KernelTrace *none = nullptr;
    if (!living.compare_exchange_strong(none, trace.get())) {
      trace->pointer = nullptr;
      throw Failure("another trace is running");
    }
    trace->zero = now();
    trace->times.reserve(1 << 16);
    *trace->pointer = observe;
    return trace;
  });
}

KernelTrace::~KernelTrace() {
  if (!pointer)
    return;
  *pointer = nullptr;
  KernelTrace *self = this;
  living.compare_exchange_strong(self, nullptr);
}

double KernelTrace::seconds() const { return now() - zero; }

std::vector<KernelTime> KernelTrace::take() {
  std::vector<KernelTime> taken;
  taken.swap(times);
  times.reserve(taken.capacity());
  for (const KernelTime &time : taken)
    if (time.place >= int64_t(sites.size()))
      return {};
  return taken;
}
