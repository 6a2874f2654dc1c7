// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with plain weights, and with sums and products of weights.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/LinearFixture.h"

using namespace retort;

namespace {
class LinearTest : public LinearFixture {};
} // namespace

RETORT_LINEAR_CPUS(LinearTest);

TEST_P(LinearTest, Dense) {
  for (auto [depth, columns] : {std::pair(64, 96), std::pair(33, 77), std::pair(300, 5)}) {
    std::vector<double> values = random(depth * columns, -1, 1);
    compile(product(depth, columns, constant("w", dims({depth, columns}) + "f32")),
            {floats({depth, columns}, Float32Type::get(&context), values)});
    check(depth, columns, values);
  }
}

TEST_P(LinearTest, DenseOfColumns) {
  std::vector<double> stored = random(40 * 70, -1, 1), values(70 * 40);
  for (int64_t n = 0; n < 40; ++n)
    for (int64_t k = 0; k < 70; ++k)
      values[k * 40 + n] = stored[n * 70 + k];
  compile(product(70, 40,
                  constant("s", "40x70xf32") +
                      "  %w = onnx.Transpose(%s) {perm = array<i64: 1, 0>} : "
                      "(tensor<40x70xf32>) -> tensor<70x40xf32>\n"),
          {floats({40, 70}, Float32Type::get(&context), stored)});
  check(70, 40, values);
}

TEST_P(LinearTest, HalfPrecision) {
  if (StringRef(GetParam()) == "x86-64-v2")
    GTEST_SKIP() << "conversions from f16 call a library there";
  std::vector<double> values = random(70 * 40, -1, 1);
  compile("func.func @main(%x: tensor<?x70xf32>) -> tensor<?x40xf32> {\n" +
              constant("w", "70x40xf16") + R"(
  %h = onnx.Cast(%w) {to = 1 : i64} : (tensor<70x40xf16>) -> tensor<70x40xf32>
  %y = onnx.MatMul(%x, %h) : (tensor<?x70xf32>, tensor<70x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
})",
          {floats({70, 40}, Float16Type::get(&context), values)});
  check(70, 40, values);
}

/// x (A B): two narrow products, and A B is never computed.
TEST_P(LinearTest, LowRank) {
  std::vector<double> left = random(64 * 8, -1, 1), right = random(8 * 80, -1, 1), values(64 * 80);
  auto f32 = Float32Type::get(&context);
  compile(product(64, 80,
                  constant("a", "64x8xf32") + constant("b", "8x80xf32") +
                      "  %w = onnx.MatMul(%a, %b) : (tensor<64x8xf32>, tensor<8x80xf32>) -> "
                      "tensor<64x80xf32>\n"),
          {floats({64, 8}, f32, left), floats({8, 80}, f32, right)});
  EXPECT_EQ(weights.size(), 2u);
  for (int64_t k = 0; k < 64; ++k)
    for (int64_t n = 0; n < 80; ++n)
      for (int64_t r = 0; r < 8; ++r)
        values[k * 80 + n] += left[k * 8 + r] * right[r * 80 + n];
  check(64, 80, values);
}

/// Large enough for the threads to share.
TEST_P(LinearTest, SharedByThreads) {
  std::vector<double> values = random(1100 * 1000, -1, 1);
  compile(product(1100, 1000, constant("w", "1100x1000xf32")),
          {floats({1100, 1000}, Float32Type::get(&context), values)});
  check(1100, 1000, values, {1, 7, 400}); // few rows share the weight, many the rows
}

/// A deep weight is taken in blocks, the last one shorter.
TEST_P(LinearTest, Deep) {
  std::vector<double> values = random(4099 * 37, -1, 1);
  compile(product(4099, 37, constant("w", "4099x37xf32")),
          {floats({4099, 37}, Float32Type::get(&context), values)});
  check(4099, 37, values, {1, 5, 13});
}
