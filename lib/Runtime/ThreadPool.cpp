// Threads that run one body together, and wait for the next by spinning: a region starts within a
// microsecond.
#include "lib/Runtime/ThreadPool.h"

#include "lib/Runtime/Fail.h"
#include "retort/Runtime.h"

#include <memory>

using namespace retort::runtime;

// The pool whose region this thread runs, if any.
static thread_local ThreadPool *regionOf = nullptr;

static void relax(unsigned round) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
  // With more threads than cores, the awaited one may need this core.
  if (round % 1024 == 1023)
    std::this_thread::yield();
}

// About a millisecond: longer than the pauses between the regions of a token.
static constexpr unsigned spins = 20000;

ThreadPool::ThreadPool(unsigned threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back([this, i] { work(i); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(sleepLock);
    stopping = true;
    ++region;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::awaitRegion(uint64_t seen) {
  for (unsigned round = 0; round < spins; ++round) {
    if (region.load(std::memory_order_acquire) != seen)
      return;
    relax(round);
  }
  std::unique_lock<std::mutex> lock(sleepLock);
  wake.wait(lock, [&] { return region.load(std::memory_order_acquire) != seen; });
}

struct ThreadPool::Call {
  ThreadPool *pool;
  int64_t thread;
};

void ThreadPool::enter(void *call) {
  auto [pool, thread] = *static_cast<Call *>(call);
  pool->body(pool->context, thread, pool->threads());
}

void ThreadPool::runBody(int64_t thread) {
  regionOf = this;
  Call call{this, thread};
  Status status = callGuarded(enter, &call);
  regionOf = nullptr;
  if (!status) {
    std::lock_guard<std::mutex> lock(messageLock);
    if (!failed.exchange(true))
      message = status.error();
  }
}

void ThreadPool::work(int64_t thread) {
  for (uint64_t seen = 0;; ++seen) {
    awaitRegion(seen);
    if (stopping)
      return;
    runBody(thread);
    running.fetch_sub(1, std::memory_order_release);
  }
}

Status ThreadPool::run(Body newBody, void *newContext) {
  if (regionOf) {
    // Alone, and a barrier concerns nobody.
    ThreadPool *outer = std::exchange(regionOf, nullptr);
    struct Alone {
      Body body;
      void *context;
    } alone{newBody, newContext};
    Status status = callGuarded(
        [](void *a) { static_cast<Alone *>(a)->body(static_cast<Alone *>(a)->context, 0, 1); },
        &alone);
    regionOf = outer;
    return status;
  }
  std::lock_guard<std::mutex> caller(oneCaller);
  body = newBody;
  context = newContext;
  failed = false;
  arrived = 0;
  running.store(int64_t(workers.size()), std::memory_order_relaxed);
  {
    // Under the lock, or a worker that is about to sleep would miss it.
    std::lock_guard<std::mutex> lock(sleepLock);
    region.fetch_add(1, std::memory_order_release);
  }
  if (!workers.empty())
    wake.notify_all();
  runBody(0);
  for (unsigned round = 0; running.load(std::memory_order_acquire) != 0; ++round)
    relax(round);
  if (failed)
    return Error{message};
  return Done();
}

void ThreadPool::wait() {
  uint64_t before = opened.load(std::memory_order_acquire);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == int64_t(threads())) {
    arrived.store(0, std::memory_order_relaxed);
    opened.fetch_add(1, std::memory_order_release);
    return;
  }
  for (unsigned round = 0; opened.load(std::memory_order_acquire) == before; ++round) {
    if (failed.load(std::memory_order_relaxed))
      retort_fail("another thread failed");
    relax(round);
  }
}

void ThreadPool::barrier() {
  if (regionOf)
    regionOf->wait();
}

static std::unique_ptr<ThreadPool> &sharedPool() {
  static std::unique_ptr<ThreadPool> pool;
  return pool;
}

static std::mutex &sharedLock() {
  static std::mutex lock;
  return lock;
}

ThreadPool &ThreadPool::shared() {
  std::lock_guard<std::mutex> lock(sharedLock());
  if (!sharedPool())
    sharedPool() = std::make_unique<ThreadPool>();
  return *sharedPool();
}

void ThreadPool::setSharedThreads(unsigned threads) {
  std::lock_guard<std::mutex> lock(sharedLock());
  if (!sharedPool() || threads == 0 || sharedPool()->threads() != threads) {
    sharedPool() = nullptr;
    sharedPool() = std::make_unique<ThreadPool>(threads);
  }
}
