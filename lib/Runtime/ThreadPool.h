// Threads that run one body together, and wait for the next by spinning: a region starts within a
// microsecond.
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
  using Body = void (*)(void *context, int64_t thread, int64_t threads);

  /// `threads` counts the calling one; 0: one for each core.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  unsigned threads() const { return unsigned(workers.size()) + 1; }

  /// Calls `body` once on each thread and returns when all are through; the error is the first that
  /// a body passed to retort_fail. Inside a region it runs the body alone, as one thread. One
  /// caller at a time; others wait.
  Status run(Body body, void *context);

  /// Inside a region: waits until every thread has come here. Where a thread has failed, this fails
  /// too.
  static void barrier();

  /// The pool of this process, made at the first use.
  static ThreadPool &shared();
  /// Makes the shared pool anew where the number differs. Not while a region runs.
  static void setSharedThreads(unsigned threads);

private:
  struct Call;
  static void enter(void *call);
  void work(int64_t thread);
  void runBody(int64_t thread);
  void awaitRegion(uint64_t seen);
  void wait();

  std::vector<std::thread> workers;
  std::mutex oneCaller;

  // The present region.
  Body body = nullptr;
  void *context = nullptr;
  std::atomic<uint64_t> region{0};
  std::atomic<int64_t> running{0};
  std::atomic<bool> stopping{false};

  // The barrier: the last to arrive opens it for all.
  std::atomic<int64_t> arrived{0};
  std::atomic<uint64_t> opened{0};

  std::atomic<bool> failed{false};
  std::mutex messageLock;
  std::string message;

  // Workers that found nothing for a while sleep here.
  std::mutex sleepLock;
  std::condition_variable wake;
};

} // namespace retort::runtime

#endif
