// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ledger keeps every remark of a method, typed, also when they come from many threads.
#include "lib/Weights/Ledger.h"
#include "lib/Weights/Remark.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>
#include <thread>

using namespace mlir;
using namespace retort;

/// The records that the ledger writes.
static llvm::json::Array recordsOf(const Ledger &ledger) {
  llvm::SmallString<128> path;
  llvm::sys::fs::createTemporaryFile("ledger", "json", path);
  llvm::Error error = ledger.write(path);
  EXPECT_FALSE(bool(error));
  auto buffer = llvm::MemoryBuffer::getFile(path);
  auto value = llvm::json::parse((*buffer)->getBuffer());
  llvm::sys::fs::remove(path);
  EXPECT_TRUE(bool(value));
  EXPECT_EQ(value->getAsObject()->getInteger("retort"), 1);
  return std::move(*value->getAsObject()->getArray("records"));
}

TEST(Ledger, KeepsNamesAsTextAndMetricsAsNumbers) {
  MLIRContext context;
  Ledger ledger(&context);
  Location here = UnknownLoc::get(&context);
  weightPassed(here, "compress-test", "12", {400, 100, 0.25, Exactness::Bounded})
      << remark::metric("rank", 3) << remark::metric("worst", std::string("nan"));
  weightMissed(here, "compress-test", "b") << remark::reason("no {0}", "data");

  llvm::json::Array records = recordsOf(ledger);
  ASSERT_EQ(records.size(), 2u);
  const llvm::json::Object &passed = *records[0].getAsObject();
  EXPECT_EQ(passed.getString("outcome"), "passed");
  EXPECT_EQ(passed.getString("method"), "compress-test");
  EXPECT_EQ(passed.getString("weight"), "12");
  EXPECT_EQ(passed.getInteger("bytes_before"), 400);
  EXPECT_EQ(passed.getInteger("bytes_after"), 100);
  EXPECT_EQ(passed.getNumber("weight_error"), 0.25);
  EXPECT_EQ(passed.getString("exactness"), "bounded");
  EXPECT_EQ(passed.getInteger("rank"), 3);
  EXPECT_TRUE(passed.getNull("worst")); // JSON has no NaN
  const llvm::json::Object &missed = *records[1].getAsObject();
  EXPECT_EQ(missed.getString("outcome"), "missed");
  EXPECT_EQ(missed.getString("reason"), "no data");
}

TEST(Ledger, KeepsHowTheNumbersOfAWeightAreSpread) {
  MLIRContext context;
  Ledger ledger(&context);
  WeightChange change;
  change.magnitudes.emplace().add({1, -1.1f, 1.25f, -2, 0, 1e-6f});
  weightPassed(UnknownLoc::get(&context), "compress-test", "w", change);
  WeightChange empty;
  empty.magnitudes.emplace().add({0, 0});
  weightPassed(UnknownLoc::get(&context), "compress-test", "v", empty);

  llvm::json::Array records = recordsOf(ledger);
  const llvm::json::Object &record = *records[0].getAsObject();
  EXPECT_EQ(record.getNumber("largest"), 2);
  EXPECT_NEAR(*record.getNumber("typical"), std::sqrt((1 + 1.21 + 1.5625 + 4) / 6), 1e-6);
  std::vector<int64_t> bins;
  for (const llvm::json::Value &number : *record.getArray("magnitudes"))
    bins.push_back(*number.getAsInteger());
  // From 2^-9 (1 to 1.25), which holds a thousandth of 2, up to 2: three from 1 on.
  std::vector<int64_t> expected(1 + 37);
  expected[0] = -36;
  expected[1 + 36] = 2, expected.push_back(1);
  expected.insert(expected.end(), {0, 0, 1});
  EXPECT_EQ(bins, expected);
  EXPECT_EQ(records[1].getAsObject()->getArray("magnitudes")->size(), 1u);
}

TEST(Ledger, LeavesOutWhatIsNotOfAMethod) {
  MLIRContext context;
  Ledger ledger(&context);
  remark::passed(UnknownLoc::get(&context), remark::RemarkOpts::name("Unroll").category("loop"));
  EXPECT_TRUE(recordsOf(ledger).empty());
}

TEST(Ledger, LosesNothingToThreads) {
  MLIRContext context;
  Ledger ledger(&context);
  constexpr int threads = 8, each = 1000;
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&] {
      for (int i = 0; i < each; ++i)
        weightPassed(UnknownLoc::get(&context), "compress-test", "w", {});
    });
  for (std::thread &worker : workers)
    worker.join();
  EXPECT_EQ(recordsOf(ledger).size(), size_t(threads * each));
}
