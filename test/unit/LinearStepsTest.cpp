// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with codes by dot products of bytes, in the portable form on every CPU and in the native
// one where this CPU has it: against sums in f64, and against each other.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/GroupsFixture.h"

using namespace retort;

namespace {
class LinearStepsTest : public GroupsFixture {
protected:
  LinearStepsTest() {
    numerics = "accurate";
    portableSteps = true;
  }

  /// Half a step of 16 bits: rows share a scale with those that are less than 48 away, if with any.
  double rounding(ArrayRef<float> row, ArrayRef<double> weight, int64_t column) const override {
    int64_t depth = row.size(), columns = weight.size() / depth;
    double off = 0;
    for (int64_t k = 0; k < depth; ++k) {
      float most = 0;
      for (int64_t near = std::max<int64_t>(0, k - 47); near < std::min(depth, k + 48); ++near)
        most = std::max(most, std::abs(row[near]));
      off += std::max(most, 0x1p-96f) / 32512 / 2 * std::abs(weight[k * columns + column]);
    }
    return off * 1.001;
  }

  bool hasDotProducts() const {
    auto host = llvm::sys::getHostCPUFeatures();
    return StringRef(GetParam()) == "native" &&
           (host.lookup("avx512vnni") || host.lookup("avxvnni"));
  }

  bool usesDotProducts() {
    bool found = false;
    module->walk([&](LLVM::CallIntrinsicOp call) {
      found |= call.getIntrin().starts_with("llvm.x86.avx512.vpdpbusd");
    });
    return found;
  }
};
} // namespace

RETORT_LINEAR_CPUS(LinearStepsTest);

static const Quantized forms[] = {
    {64, 96, 8, true, 0, false, false},   // one scale for a column
    {45, 70, 8, true, 0, true, true},     // nothing is a multiple of anything
    {300, 33, 8, false, 64, true, false}, // groups of several chunks, the last shorter
    {96, 64, 4, true, 32, false, false},   {172, 40, 4, false, 32, true, true},
    {300, 37, 4, true, 0, true, true}, // words that chunks do not share evenly
    {90, 33, 4, true, 20, true, true}, // groups that end within a word
    {100, 33, 4, false, 16, false, false}, {83, 63, 2, false, 0, true, true},
    {1, 5, 4, true, 0, false, false}, // no group of 16
};

TEST_P(LinearStepsTest, IsAsAccurateAsItsPlanes) {
  for (const Quantized &q : forms) {
    SCOPED_TRACE(testing::PrintToString(q));
    WeightText weight = quantize(q);
    compile(product(q.depth, q.columns, weight.made), weight.constants);
    check(q.depth, q.columns, weight.values, {1, 2, 3, 4, 5, 8, 17});
  }
}

TEST_P(LinearStepsTest, TakesNumbersOfAnySize) {
  checkNumbersOfAnySize({150, 40, 4, true, 32, true, false}, 7);
}

/// Sums of a row that has an infinity or no number are no finite numbers; other rows are not
/// touched.
TEST_P(LinearStepsTest, KeepsInfinitiesInTheirRow) {
  Quantized q{64, 35, 8, true, 0, false, false};
  WeightText weight = quantize(q);
  compile(product(q.depth, q.columns, weight.made), weight.constants);
  for (float odd : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                    std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<double> drawn = random(5 * q.depth, -1, 1);
    std::vector<float> x(drawn.begin(), drawn.end());
    x[2 * q.depth + 9] = odd;
    std::vector<float> y = run(x, q.depth, q.columns);
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t j = 0; j < q.columns; ++j)
        ASSERT_EQ(std::isfinite(y[i * q.columns + j]), i != 2) << "row " << i << ", column " << j;
  }
}

/// A row's bits depend neither on its neighbours nor on their number.
TEST_P(LinearStepsTest, GivesEachRowTheSameBits) {
  Quantized q{160, 37, 4, true, 32, true, false};
  WeightText weight = quantize(q);
  compile(product(q.depth, q.columns, weight.made), weight.constants);
  std::vector<double> drawn = random(17 * q.depth, -1, 1);
  std::vector<float> x(drawn.begin(), drawn.end()), y = run(x, q.depth, q.columns);
  for (int64_t i = 0; i < 17; ++i) {
    std::vector<float> row(x.begin() + i * q.depth, x.begin() + (i + 1) * q.depth);
    std::vector<float> alone = run(row, q.depth, q.columns);
    ASSERT_TRUE(std::equal(alone.begin(), alone.end(), y.begin() + i * q.columns)) << "row " << i;
  }
}

TEST_P(LinearStepsTest, MeansTheSameInBothForms) {
  if (!hasDotProducts())
    GTEST_SKIP() << "this CPU has no dot products of bytes";
  for (const Quantized &q : forms) {
    SCOPED_TRACE(testing::PrintToString(q));
    WeightText weight = quantize(q);
    std::vector<double> drawn = random(13 * q.depth, -1, 1);
    std::vector<float> x(drawn.begin(), drawn.end()), one(x.begin(), x.begin() + q.depth);
    std::vector<float> results[2][2];
    for (bool portable : {false, true}) {
      portableSteps = portable;
      compile(product(q.depth, q.columns, weight.made), weight.constants);
      EXPECT_EQ(usesDotProducts(), !portable && q.depth > 1);
      results[portable][0] = run(x, q.depth, q.columns);
      results[portable][1] = run(one, q.depth, q.columns);
    }
    EXPECT_EQ(results[0][0], results[1][0]);
    EXPECT_EQ(results[0][1], results[1][1]);
  }
}
