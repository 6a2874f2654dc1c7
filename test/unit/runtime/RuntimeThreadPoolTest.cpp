// The spinning thread pool.
#include "lib/Runtime/ThreadPool.h"
#include "retort/Runtime.h"

#include <gtest/gtest.h>

using namespace retort::runtime;

namespace {
struct Sums {
  std::atomic<int64_t> calls{0}, threads{0};
  std::vector<int64_t> perThread = std::vector<int64_t>(16, 0);
  int64_t seenAfterBarrier[16] = {};
};
} // namespace

TEST(RuntimeThreadPool, RunsTheBodyOnceOnEachThread) {
  for (unsigned threads : {1u, 2u, 3u}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    Sums sums;
    for (int round = 0; round < 2000; ++round)
      ASSERT_TRUE(pool.run(
          [](void *c, int64_t thread, int64_t) {
            auto &sums = *static_cast<Sums *>(c);
            ++sums.calls;
            ++sums.perThread[thread];
          },
          &sums));
    EXPECT_EQ(sums.calls, 2000 * int64_t(threads));
    for (unsigned i = 0; i < threads; ++i)
      EXPECT_EQ(sums.perThread[i], 2000);
  }
}

TEST(RuntimeThreadPool, BarriersSeparatePhases) {
  ThreadPool pool(3);
  Sums sums;
  for (int round = 0; round < 200; ++round) {
    sums.calls = 0;
    ASSERT_TRUE(pool.run(
        [](void *c, int64_t thread, int64_t) {
          auto &sums = *static_cast<Sums *>(c);
          for (int phase = 1; phase <= 3; ++phase) {
            ++sums.calls;
            ThreadPool::barrier();
            sums.seenAfterBarrier[thread] = sums.calls;
            ThreadPool::barrier();
          }
        },
        &sums));
    for (int i = 0; i < 3; ++i)
      ASSERT_EQ(sums.seenAfterBarrier[i], 9);
  }
}

TEST(RuntimeThreadPool, AFailureEndsTheRegion) {
  ThreadPool pool(3);
  auto status = pool.run(
      [](void *, int64_t thread, int64_t) {
        if (thread == 1)
          retort_fail("thread one is unhappy");
        ThreadPool::barrier(); // would wait for ever
      },
      nullptr);
  EXPECT_EQ(status.error(), "thread one is unhappy");
  EXPECT_TRUE(pool.run([](void *, int64_t, int64_t) { ThreadPool::barrier(); }, nullptr));
}

TEST(RuntimeThreadPool, ARegionInsideARegionRunsAlone) {
  ThreadPool::setSharedThreads(2);
  EXPECT_EQ(retort_threads(), 2);
  Sums sums;
  retort_parallel(
      [](void *c, int64_t, int64_t) {
        retort_parallel(
            [](void *c, int64_t thread, int64_t threads) {
              EXPECT_EQ(thread, 0);
              EXPECT_EQ(threads, 1);
              retort_barrier();
              ++static_cast<Sums *>(c)->calls;
            },
            c);
      },
      &sums);
  EXPECT_EQ(sums.calls, 2);
}
