// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The spinning thread pool.
#include "lib/Runtime/Result.h"
#include "lib/Runtime/ThreadPool.h"
#include "retort/Runtime.h"

#include <gtest/gtest.h>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

using namespace retort::runtime;

namespace {
struct Sums {
  std::atomic<int64_t> calls{0};
  std::vector<std::atomic<int64_t>> perPart = std::vector<std::atomic<int64_t>>(64);
};
} // namespace

static void count(void *c, int64_t part, int64_t) {
  auto &sums = *static_cast<Sums *>(c);
  ++sums.calls;
  ++sums.perPart[size_t(part)];
}

TEST(RuntimeThreadPool, RunsEachPartOnce) {
  for (unsigned threads : {1u, 2u, 3u}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    EXPECT_GE(pool.parts(), int64_t(threads));
    Sums sums;
    for (int round = 0; round < 2000; ++round)
      ASSERT_TRUE(pool.run(count, &sums));
    EXPECT_EQ(sums.calls, 2000 * pool.parts());
    for (int64_t i = 0; i < pool.parts(); ++i)
      EXPECT_EQ(sums.perPart[size_t(i)], 2000);
  }
}

TEST(RuntimeThreadPool, FreeThreadsDoNotWaitForOneThatIsLate) {
  ThreadPool pool(2);
  std::atomic<int64_t> others{0};
  ASSERT_TRUE(pool.run(
      [](void *c, int64_t part, int64_t parts) {
        auto &others = *static_cast<std::atomic<int64_t> *>(c);
        if (part > 0)
          ++others;
        while (part == 0 && others != parts - 1) // all others are done by the other thread
          std::this_thread::yield();
      },
      &others));
  EXPECT_EQ(others, pool.parts() - 1);
}

TEST(RuntimeThreadPool, WorkersWakeAfterAPause) {
  ThreadPool pool(2);
  Sums sums;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(pool.run(count, &sums));
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // longer than they spin
  }
  EXPECT_EQ(sums.calls, 3 * pool.parts());
}

TEST(RuntimeThreadPool, TheFirstFailureIsTheError) {
  ThreadPool pool(3);
  auto status = pool.run(
      [](void *, int64_t part, int64_t) {
        if (part == 1)
          retort_fail("part one is unhappy");
      },
      nullptr);
  EXPECT_EQ(status.error(), "part one is unhappy");
  Sums sums;
  EXPECT_TRUE(pool.run(count, &sums));
  EXPECT_EQ(sums.calls, pool.parts());
}

TEST(RuntimeThreadPool, ARegionInsideARegionRunsAlone) {
  ThreadPool::setSharedThreads(2);
  EXPECT_EQ(retort_threads(), 2);
  Sums sums;
  retort_parallel(
      [](void *c, int64_t, int64_t) {
        retort_parallel(
            [](void *c, int64_t part, int64_t parts) {
              EXPECT_EQ(part, 0);
              EXPECT_EQ(parts, 1);
              ++static_cast<Sums *>(c)->calls;
            },
            c);
      },
      &sums);
  EXPECT_EQ(sums.calls, ThreadPool::shared().parts());
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
/// Starts more threads than there are addresses for: each takes some megabytes for its stack.
[[noreturn]] static void startTooMany() {
  rlimit addresses;
  addresses.rlim_cur = addresses.rlim_max = rlim_t(1) << 30;
  setrlimit(RLIMIT_AS, &addresses);
  try {
    ThreadPool pool(ThreadPool::mostThreads);
  } catch (const Failure &problem) {
    std::cerr << problem.what();
    _exit(1);
  }
  _exit(0);
}

TEST(RuntimeThreadPool, SaysHowManyThreadsStart) {
  EXPECT_EXIT(startTooMany(), testing::ExitedWithCode(1),
              "only [0-9]+ of [0-9]+ threads start: .+");
}
#endif
