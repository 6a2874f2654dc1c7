// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What sizes and candidates are called, and how a size of a file is found.
#include "lib/Compress/Allocate/ByteSize.h"
#include "lib/Compress/Allocate/Candidate.h"
#include "lib/Pipeline/SizeGoal.h"

#include "gtest/gtest.h"

using namespace retort;

TEST(ByteSize, HasUnits) {
  EXPECT_EQ(parseByteSize("5000000"), 5000000);
  EXPECT_EQ(parseByteSize("90MB"), 90000000);
  EXPECT_EQ(parseByteSize("1.5 GiB"), int64_t(1.5 * 1024 * 1024 * 1024));
  EXPECT_EQ(parseByteSize("2kb"), 2000);
  EXPECT_EQ(parseByteSize("2KiB"), 2048);
  EXPECT_EQ(parseByteSize("7b"), 7);
  for (llvm::StringRef none : {"", "MB", "-5", "0", "5XB", "5MiBs", "1e9", "nan", "99999999999GB"})
    EXPECT_EQ(parseByteSize(none), std::nullopt) << none.str();
}

static std::string errorOf(llvm::StringRef text) {
  auto candidate = Candidate::parse(text);
  return candidate ? "" : llvm::toString(candidate.takeError());
}

TEST(Candidate, IsCalledByItsForm) {
  auto codes = llvm::cantFail(Candidate::parse("integers:4:64:rtn"));
  EXPECT_EQ(codes.kind, Candidate::Kind::Codes);
  EXPECT_TRUE(codes.isNearest);
  EXPECT_FALSE(codes.form.isLevels);
  EXPECT_EQ(codes.form.groupSize, 64);
  auto small = llvm::cantFail(Candidate::parse("integers:4:64:asym:f16"));
  EXPECT_FALSE(small.form.code.symmetric);
  EXPECT_TRUE(small.form.halfScales);
  EXPECT_FALSE(small.isNearest);
  auto sparse = llvm::cantFail(Candidate::parse("sparse:2:4"));
  EXPECT_EQ(sparse.pattern.n, 2);
  EXPECT_EQ(sparse.pattern.m, 4);
  EXPECT_EQ(llvm::cantFail(Candidate::parse("rank:0.5")).rankOf(64, 64), 16);
  EXPECT_EQ(llvm::cantFail(Candidate::parse("plain")).kind, Candidate::Kind::Plain);
}

TEST(Candidate, SaysWhatIsExpected) {
  for (llvm::StringRef unknown :
       {"", "levels", "levels:3", "levels:3:16:gptq", "sparse:2", "sparse:a:4", "levels:3:16:f16",
        "levels:3:16:asym", "rank", "rank:x", "plain:1", "codes:3:16"})
    EXPECT_NE(errorOf(unknown).find("expects candidates such as"), std::string::npos)
        << unknown.str();
  EXPECT_NE(errorOf("levels:9:16").find("2 to 8 bits"), std::string::npos);
  EXPECT_NE(errorOf("levels:3:-1").find("groups of 0 or more"), std::string::npos);
  EXPECT_NE(errorOf("sparse:4:4").find("0 < n < m"), std::string::npos);
  EXPECT_NE(errorOf("rank:1.5").find("above 0 and below 1"), std::string::npos);
}

namespace {
/// A model that takes `rest` bytes, and `more` of each byte that was chosen.
struct Written {
  int64_t rest;
  double more;
  int64_t unit; ///< choices are multiples of it
  int64_t least, most;

  int64_t choose(int64_t budget) const { return std::clamp(budget / unit * unit, least, most); }
  int64_t size(int64_t bytes) const { return rest + int64_t(double(bytes) * (1 + more)); }
};
} // namespace

/// The size that the search ends with.
static llvm::Expected<int64_t> search(const Written &model, int64_t target, int64_t first) {
  SizeSearch search;
  int64_t bytes = model.choose(first);
  for (int round = 0; round < 20; ++round) {
    auto beside = search.next({target, bytes, model.least, model.most}, model.size(bytes));
    if (!beside)
      return beside.takeError();
    if (!*beside)
      return model.size(bytes);
    bytes = model.choose(target - **beside);
  }
  return llvm::createStringError("does not end");
}

TEST(SizeSearch, FindsTheLargestFileThatFits) {
  for (double more : {-.1, 0., .02, .3})
    for (int64_t target : {700000, 1000000, 1500000})
      for (int64_t first : {100000, 500000, 2000000}) {
        Written model{50000, more, 1000, 100000, 2000000};
        int64_t found = llvm::cantFail(search(model, target, first));
        EXPECT_LE(found, target);
        EXPECT_GE(double(found), .98 * double(target));
      }
}

TEST(SizeSearch, TakesAllThereIsWhereThatFits) {
  Written model{50000, .1, 1000, 100000, 200000};
  EXPECT_EQ(llvm::cantFail(search(model, 1000000, 100000)), model.size(200000));
}

TEST(SizeSearch, SaysWhatIsTheLeast) {
  Written model{50000, 0, 1000, 100000, 200000};
  auto found = search(model, 120000, 150000);
  ASSERT_FALSE(bool(found));
  EXPECT_NE(llvm::toString(found.takeError()).find("at least 150000 bytes"), std::string::npos);
}
