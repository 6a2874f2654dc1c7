// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products by tiles of bf16: in the portable form, a model of the unit, on every CPU, and in the
// native one where this CPU and this system have tiles: against sums in f64, and against each
// other.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/TilePermission.h"
#include "test/unit/GroupsFixture.h"

using namespace retort;

namespace {
class TileProductTest : public GroupsFixture {
protected:
  TileProductTest() {
    numerics = "accurate";
    portableSteps = true;
  }

  /// Each of three things is at most 2^-18 of a product: what the second planes of its two numbers
  /// lack, and the product of both. Numbers below 2^-126 count as zero.
  double rounding(ArrayRef<float> row, ArrayRef<double> weight, int64_t column) const override {
    int64_t depth = row.size(), columns = weight.size() / depth;
    double off = 0;
    for (int64_t k = 0; k < depth; ++k)
      off += (3 * 0x1p-18 * std::abs(row[k]) + 0x1p-126) * std::abs(weight[k * columns + column]);
    return off;
  }

  bool hasTiles() const {
    return StringRef(GetParam()) == "native" &&
           llvm::sys::getHostCPUFeatures().lookup("amx-bf16") &&
           runtime::TilePermission::ofProcess().isGranted();
  }

  int64_t count(StringRef callee) {
    int64_t calls = 0;
    module->walk([&](LLVM::CallIntrinsicOp call) { calls += call.getIntrin() == callee; });
    return calls;
  }

  /// The model of the unit takes its time: few sizes, many forms.
  void checkForms(ArrayRef<Quantized> forms, std::initializer_list<int64_t> rows) {
    for (const Quantized &q : forms) {
      SCOPED_TRACE(testing::PrintToString(q));
      WeightText weight = quantize(q);
      compile(product(q.depth, q.columns, weight.made), weight.constants);
      check(q.depth, q.columns, weight.values, rows);
    }
  }

  void compileDense(int64_t depth, int64_t columns, const std::vector<double> &values) {
    std::vector<double> copy = values;
    compile(product(depth, columns, constant("w", dims({depth, columns}) + "f32")),
            {floats({depth, columns}, Float32Type::get(&context), copy)});
  }
};
} // namespace

// The model of the unit is the same on every CPU: with short vectors, and as this CPU has them.
INSTANTIATE_TEST_SUITE_P(Cpus, TileProductTest, testing::Values("x86-64-v3", "native"),
                         [](auto &info) { return info.index ? "native" : "v3"; });

static const Quantized forms[] = {
    {64, 96, 8, true, 0, false, false},   // two products
    {45, 70, 8, true, 0, true, true},     // with zero points
    {1030, 33, 8, false, 0, true, false}, // blocks of one group
    {96, 64, 4, true, 32, false, false},
    {1100, 40, 4, false, 32, true, true}, // last block short
    {300, 37, 4, true, 0, true, true},
    {600, 35, 4, false, 24, true, false},  // 480 rows a block
    {90, 33, 4, true, 20, true, true},     // refused: groups end within a word
    {1600, 33, 4, false, 800, true, true}, // blocks within a group
    {83, 63, 2, false, 0, true, true},
    {100, 33, 4, false, 16, false, false},
    {172, 40, 4, true, 32, false, true, 2, 4}, // what formats decode row by row
    {600, 33, 4, false, 64, true, false, 2, 4},
};

TEST_P(TileProductTest, IsAsAccurateAsItsPlanes) {
  bool isThis = StringRef(GetParam()) == "native";
  checkForms(ArrayRef(forms).take_front(isThis ? std::size(forms) : 3), {32, 65});
  for (auto [depth, columns] :
       {std::pair(64, 96), std::pair(33, 77), std::pair(1, 5), std::pair(1061, 34)}) {
    SCOPED_TRACE(depth);
    std::vector<double> values = random(depth * columns, -1, 1);
    compileDense(depth, columns, values);
    check(depth, columns, values, {31, 32, 33, 63});
  }
}

/// More than 512 rows meet each block in two parts, and strips of panels are shared by threads.
TEST_P(TileProductTest, TakesManyRowsAndPanels) {
  portableSteps = !hasTiles();
  std::vector<double> values = random(530 * 300, -1, 1);
  compileDense(530, 300, values);
  check(530, 300, values, {hasTiles() ? 1100 : 530});
}

TEST_P(TileProductTest, TakesNumbersOfAnySize) {
  checkNumbersOfAnySize({150, 40, 4, true, 32, true, false}, 32);
}

/// Rows that have no two planes go to multiply-adds: an infinity stays one.
TEST_P(TileProductTest, LeavesInfinitiesToOthers) {
  std::vector<double> values(64 * 35, 0.5);
  compileDense(64, 35, values);
  float infinity = std::numeric_limits<float>::infinity();
  for (float odd : {infinity, -infinity, std::numeric_limits<float>::max()}) {
    std::vector<double> drawn = random(40 * 64, -1, 1);
    std::vector<float> x(drawn.begin(), drawn.end());
    x[2 * 64 + 9] = odd;
    std::vector<float> y = run(x, 64, 35);
    for (int64_t i = 0; i < 40; ++i)
      for (int64_t j = 0; j < 35; ++j)
        if (i == 2)
          ASSERT_EQ(y[i * 35 + j], odd / 2) << "column " << j;
        else
          ASSERT_TRUE(std::abs(y[i * 35 + j]) < 32) << "row " << i << ", column " << j;
  }
  std::vector<float> x(40 * 64, 1);
  x[5] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> y = run(x, 64, 35);
  for (int64_t i = 0; i < 40 * 35; ++i)
    ASSERT_EQ(std::isnan(y[i]), i < 35) << i;
}

/// A row's bits depend neither on its neighbours nor on their number, from 32 on.
TEST_P(TileProductTest, GivesEachRowTheSameBits) {
  Quantized q{160, 37, 4, true, 32, true, false};
  WeightText weight = quantize(q);
  compile(product(q.depth, q.columns, weight.made), weight.constants);
  std::vector<double> drawn = random(67 * q.depth, -1, 1);
  std::vector<float> x(drawn.begin(), drawn.end()), y = run(x, q.depth, q.columns);
  std::vector<float> last(x.end() - 32 * q.depth, x.end()), part = run(last, q.depth, q.columns);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), y.end() - 32 * q.columns));
}

TEST_P(TileProductTest, MeansTheSameInBothForms) {
  if (!hasTiles())
    GTEST_SKIP() << "no tiles here";
  for (size_t i = 0; i < std::size(forms); i += 2) {
    const Quantized &q = forms[i];
    SCOPED_TRACE(testing::PrintToString(q));
    WeightText weight = quantize(q);
    std::vector<double> drawn = random(53 * q.depth, -1, 1);
    std::vector<float> x(drawn.begin(), drawn.end()), results[2];
    for (bool portable : {false, true}) {
      portableSteps = portable;
      compile(product(q.depth, q.columns, weight.made), weight.constants);
      bool isTaken = q.block != 20;
      EXPECT_EQ(count("llvm.x86.tdpbf16ps") > 0, !portable && isTaken);
      results[portable] = run(x, q.depth, q.columns);
    }
    EXPECT_EQ(results[0], results[1]);
  }
}
