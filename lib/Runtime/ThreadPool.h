// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that share the parts of a region, and wait for the next by spinning: a region starts
// within a microsecond.
#ifndef RETORT_LIB_RUNTIME_THREADPOOL_H
#define RETORT_LIB_RUNTIME_THREADPOOL_H

#include "lib/Runtime/Result.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace retort::runtime {

class ThreadPool {
public:
  using Body = void (*)(void *context, int64_t part, int64_t parts);

  static constexpr unsigned mostThreads = 1024;

  /// `threads` counts the calling one; 0: one for each core. Throws where they are too many, or do
  /// not start.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  unsigned threads() const { return unsigned(workers.size()) + 1; }
  /// How many parts each region has: 1 for one thread, else some for each, so that a thread that
  /// has lost its core keeps the others waiting for one small part at most.
  int64_t parts() const { return workers.empty() ? 1 : partsOfThread * int64_t(threads()); }

  /// Calls `body` once for each part and returns when all are through. A thread takes its own
  /// parts, the same in each region, so that it finds in its cache what it wrote there; then those
  /// of others. The error is the first that a body passed to retort_fail. Inside a region it runs
  /// the body alone, as one part. One caller at a time; others wait.
  Status run(Body body, void *context);

  /// The pool of this process, made at the first use.
  static ThreadPool &shared();
  /// Makes the shared pool anew where the number differs; on an error it stays as it is. Not while
  /// a region runs.
  static Status setSharedThreads(unsigned threads);

private:
  struct Call;
  void stop();
  static void enter(void *call);
  void work(unsigned thread);
  bool takePart(unsigned thread);
  bool takePartOf(unsigned owner);
  void runPart(int64_t part);
  void awaitRegion(uint64_t seen);

  /// The number of the region and, in the low bits, how many of a thread's own parts are taken.
  struct alignas(64) Queue {
    std::atomic<uint64_t> next{partsOfThread};
  };
  static constexpr int partBits = 16;
  static constexpr uint64_t partMask = (uint64_t(1) << partBits) - 1;
  static constexpr int64_t partsOfThread = 4;

  std::vector<std::thread> workers;
  std::vector<Queue> queues; // one for each thread
  std::mutex oneCaller;

  // The present region. What it calls stays the same until all of its parts are done.
  Body body = nullptr;
  void *context = nullptr;
  alignas(64) std::atomic<uint64_t> region{0};
  alignas(64) std::atomic<int64_t> done{0};
  std::atomic<bool> stopping{false};

  std::atomic<bool> failed{false};
  std::mutex messageLock;
  std::string message;

  // Workers that found nothing for a while sleep here.
  std::mutex sleepLock;
  std::condition_variable wake;
};

} // namespace retort::runtime

#endif
