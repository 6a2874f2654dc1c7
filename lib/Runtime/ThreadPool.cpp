// Threads that share the parts of a region, and wait for the next by spinning: a region starts
// within a microsecond.
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

static constexpr int64_t partsOfThread = 4;

ThreadPool::ThreadPool(unsigned threads) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  partCount = threads == 1 ? 1 : std::min<int64_t>(partsOfThread * threads, partMask);
  next = uint64_t(partCount); // of no region
  for (unsigned i = 1; i < threads; ++i)
    workers.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(sleepLock);
    stopping = true;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::awaitPart() {
  auto isOver = [&] { return hasPart(next.load(std::memory_order_acquire)) || stopping; };
  for (unsigned round = 0; round < spins; ++round) {
    if (isOver())
      return;
    relax(round);
  }
  std::unique_lock<std::mutex> lock(sleepLock);
  wake.wait(lock, isOver);
}

struct ThreadPool::Call {
  ThreadPool *pool;
  int64_t part;
};

void ThreadPool::enter(void *call) {
  auto [pool, part] = *static_cast<Call *>(call);
  pool->body(pool->context, part, pool->partCount);
}

void ThreadPool::runPart(int64_t part) {
  regionOf = this;
  Call call{this, part};
  Status status = callGuarded(enter, &call);
  regionOf = nullptr;
  if (!status) {
    std::lock_guard<std::mutex> lock(messageLock);
    if (!failed.exchange(true))
      message = status.error();
  }
}

/// Does the next part of the region, if there is one. Whoever has taken a part knows that its
/// region is still the present one.
bool ThreadPool::takePart() {
  uint64_t ticket = next.load(std::memory_order_acquire);
  do {
    if (!hasPart(ticket))
      return false;
  } while (!next.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acquire));
  if (!failed.load(std::memory_order_relaxed))
    runPart(int64_t(ticket & partMask));
  done.fetch_add(1, std::memory_order_release);
  return true;
}

void ThreadPool::work() {
  while (!stopping) {
    awaitPart();
    while (takePart())
      ;
  }
}

Status ThreadPool::run(Body newBody, void *newContext) {
  if (regionOf) {
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
  done.store(0, std::memory_order_relaxed);
  {
    // Under the lock, or a worker that is about to sleep would miss it.
    std::lock_guard<std::mutex> lock(sleepLock);
    next.store(((next.load(std::memory_order_relaxed) >> partBits) + 1) << partBits,
               std::memory_order_release);
  }
  if (!workers.empty())
    wake.notify_all();
  while (takePart())
    ;
  for (unsigned round = 0; done.load(std::memory_order_acquire) != partCount; ++round)
    relax(round);
  if (failed)
    return Error{message};
  return Done();
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
