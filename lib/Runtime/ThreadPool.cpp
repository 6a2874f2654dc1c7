// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that share the parts of a region, and wait for the next by spinning: a region starts
// within a microsecond.
#include "lib/Runtime/ThreadPool.h"

#include "lib/Runtime/Fail.h"
#include "retort/Runtime.h"

#include <algorithm>
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

static unsigned numberOf(unsigned threads) {
  if (threads > ThreadPool::mostThreads)
    throw Failure("expects at most " + std::to_string(ThreadPool::mostThreads) +
                  " threads (found " + std::to_string(threads) + ")");
  return threads ? threads
                 : std::clamp(std::thread::hardware_concurrency(), 1u, ThreadPool::mostThreads);
}

ThreadPool::ThreadPool(unsigned threads) : queues(numberOf(threads)) {
  try {
    for (unsigned i = 1; i < queues.size(); ++i)
      workers.emplace_back([this, i] { work(i); });
  } catch (const std::exception &problem) {
    size_t started = workers.size() + 1;
    stop();
    throw Failure("only " + std::to_string(started) + " of " + std::to_string(queues.size()) +
                  " threads start: " + problem.what());
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  {
    std::lock_guard<std::mutex> lock(sleepLock);
    stopping = true;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::awaitRegion(uint64_t seen) {
  auto isOver = [&] { return region.load(std::memory_order_acquire) != seen || stopping; };
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
  pool->body(pool->context, part, pool->parts());
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

/// Does the next part that belongs to a thread, if there is one. Whoever has taken a part knows
/// that its region is still the present one.
bool ThreadPool::takePartOf(unsigned owner) {
  std::atomic<uint64_t> &next = queues[owner].next;
  uint64_t ticket = next.load(std::memory_order_acquire);
  do {
    if (int64_t(ticket & partMask) >= partsOfThread)
      return false;
  } while (!next.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acquire));
  if (!failed.load(std::memory_order_relaxed))
    runPart(owner * partsOfThread + int64_t(ticket & partMask));
  done.fetch_add(1, std::memory_order_release);
  return true;
}

bool ThreadPool::takePart(unsigned thread) {
  for (unsigned i = 0; i < queues.size(); ++i)
    if (takePartOf((thread + i) % unsigned(queues.size())))
      return true;
  return false;
}

void ThreadPool::work(unsigned thread) {
  for (uint64_t seen = 0; !stopping;) {
    awaitRegion(seen);
    seen = region.load(std::memory_order_acquire);
    while (takePart(thread))
      ;
  }
}

static Status runAlone(ThreadPool::Body body, void *context) {
  struct Alone {
    ThreadPool::Body body;
    void *context;
  } alone{body, context};
  return callGuarded(
      [](void *a) { static_cast<Alone *>(a)->body(static_cast<Alone *>(a)->context, 0, 1); },
      &alone);
}

Status ThreadPool::run(Body newBody, void *newContext) {
  if (regionOf) {
    ThreadPool *outer = std::exchange(regionOf, nullptr);
    Status status = runAlone(newBody, newContext);
    regionOf = outer;
    return status;
  }
  if (workers.empty())
    return runAlone(newBody, newContext);
  std::lock_guard<std::mutex> caller(oneCaller);
  body = newBody;
  context = newContext;
  failed = false;
  done.store(0, std::memory_order_relaxed);
  uint64_t number = region.load(std::memory_order_relaxed) + 1;
  for (Queue &queue : queues)
    queue.next.store(number << partBits, std::memory_order_release);
  {
    // Under the lock, or a worker that is about to sleep would miss it.
    std::lock_guard<std::mutex> lock(sleepLock);
    region.store(number, std::memory_order_release);
  }
  wake.notify_all();
  while (takePart(0))
    ;
  for (unsigned round = 0; done.load(std::memory_order_acquire) != parts(); ++round)
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

/// Nobody asked for a number: the calling thread alone will do.
static std::unique_ptr<ThreadPool> makeAnyPool() {
  try {
    return std::make_unique<ThreadPool>();
  } catch (const std::exception &) {
    return std::make_unique<ThreadPool>(1);
  }
}

ThreadPool &ThreadPool::shared() {
  std::lock_guard<std::mutex> lock(sharedLock());
  if (!sharedPool())
    sharedPool() = makeAnyPool();
  return *sharedPool();
}

Status ThreadPool::setSharedThreads(unsigned threads) {
  std::lock_guard<std::mutex> lock(sharedLock());
  if (sharedPool() && threads && sharedPool()->threads() == threads)
    return Done();
  return catching<Done>([&] {
    sharedPool() = std::make_unique<ThreadPool>(threads);
    return Done();
  });
}
