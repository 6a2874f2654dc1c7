// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fused attention, beside sums in f64.
#include "lib/Emit/Emit.h"
#include "lib/Runtime/ThreadPool.h"
#include "test/unit/AttentionFixture.h"

using namespace retort;

namespace {
class AttentionTest : public AttentionFixture {};
using Calls = SmallVector<std::pair<int64_t, int64_t>>;
} // namespace

RETORT_ATTENTION_CPUS(AttentionTest);

/// Rows and columns of a prompt, of some rows behind others, and of none.
static Calls oddCalls(int64_t most = 70) {
  Calls calls;
  for (int64_t rows : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65})
    for (int64_t behind : {0, 1, 30})
      if (rows <= most)
        calls.push_back({rows, rows + behind});
  return calls;
}

static AttentionCase causal(int64_t heads, int64_t groups, int64_t depth, int64_t width) {
  AttentionCase c;
  c.heads = heads, c.groups = groups, c.depth = depth, c.width = width;
  c.isCausal = c.hasOffset = true;
  return c;
}

TEST_P(AttentionTest, Causal) { check(causal(6, 2, 64, 64), oddCalls()); }

TEST_P(AttentionTest, HeadsThatFillNoVector) {
  for (auto [depth, width] :
       {std::pair(1, 1), std::pair(7, 5), std::pair(33, 20), std::pair(20, 77)})
    check(causal(3, 1, depth, width), {{1, 3}, {5, 9}, {9, 40}, {33, 34}});
}

TEST_P(AttentionTest, SeesAll) {
  AttentionCase c;
  c.batch = 2, c.heads = 2;
  check(c, {{1, 1}, {1, 33}, {8, 70}, {9, 3}, {40, 200}});
}

TEST_P(AttentionTest, KnownRows) {
  AttentionCase c = causal(4, 2, 24, 24);
  c.hasKnownRows = true;
  check(c, {{1, 30}, {8, 9}, {9, 30}, {40, 40}});
}

TEST_P(AttentionTest, Windows) {
  AttentionCase c = causal(2, 1, 16, 16);
  c.left = 5;
  check(c, oddCalls());
  c.isCausal = false, c.right = 3;
  check(c, oddCalls(17));
  c.left = 300, c.right = -1;
  check(c, {{1, 900}, {4, 700}, {60, 800}});
}

TEST_P(AttentionTest, KeyLengthsAndOffsetsOfABatch) {
  AttentionCase c = causal(4, 2, 16, 16);
  c.batch = 3, c.hasKeyLength = true;
  check(c, oddCalls(17));
}

TEST_P(AttentionTest, SinksAndSoftcap) {
  AttentionCase c = causal(4, 2, 16, 16);
  c.hasSinks = true;
  check(c, oddCalls(17));
  c.softcap = 1.5;
  check(c, oddCalls(33));
}

TEST_P(AttentionTest, Masks) {
  for (const char *mask : {"2x1x1xs", "txs", "2x6xtxs", "6xtx1"}) {
    SCOPED_TRACE(mask);
    AttentionCase c;
    c.batch = 2, c.heads = 6, c.groups = 3, c.mask = mask;
    check(c, {{1, 40}, {3, 19}, {17, 17}, {40, 101}});
  }
}

TEST_P(AttentionTest, Biases) {
  for (const char *bias : {"1x6x1xs", "2x1xtxs"}) {
    SCOPED_TRACE(bias);
    AttentionCase c = causal(6, 3, 16, 16);
    c.batch = 2, c.bias = bias;
    check(c, {{1, 40}, {17, 17}, {40, 101}});
    c.mask = "1x1xtxs";
    check(c, {{2, 40}, {33, 50}});
  }
}

TEST_P(AttentionTest, LongContexts) {
  check(causal(3, 1, 32, 32), {{1, 256}, {1, 257}, {3, 2000}, {40, 1100}, {1, 70000}});
}

/// Nothing is seen where nothing is there, where all is hidden, and where a bias is -inf.
TEST_P(AttentionTest, RowsThatSeeNothingAreZero) {
  AttentionCase c;
  c.heads = 2, c.mask = "txs", c.bias = "1x1x1xs";
  compile(c);
  for (int64_t rows : {2, 20})
    for (int64_t columns : {0, 40}) {
      AttentionInput x = draw(c, rows, columns);
      for (int64_t j = 0; j < columns; ++j)
        x.mask.values[columns + j] = false;
      x.key.values.resize(x.key.values.size() + 1); // an address where there is no number
      Numbers<float> y = run(c, x);
      compare(c, x, y);
      EXPECT_EQ(y.at({0, 1, 1, 3}), 0);
      for (float &number : x.bias.values)
        number = -INFINITY;
      for (float number : run(c, x).values)
        EXPECT_EQ(number, 0);
    }
}

/// A hidden key may be anything.
TEST_P(AttentionTest, HiddenKeysMayBeNoNumbers) {
  AttentionCase c = causal(2, 1, 16, 16);
  c.hasKeyLength = true;
  compile(c);
  for (int64_t rows : {3, 20}) {
    AttentionInput x = draw(c, rows, 40);
    x.keyLength.values[0] = 30;
    for (int64_t j = 30; j < 40; ++j)
      for (int64_t d = 0; d < 16; ++d)
        x.key.values[j * 16 + d] = x.value.values[j * 16 + d] = NAN;
    compare(c, x, run(c, x));
  }
}

TEST_P(AttentionTest, WhatIsNoNumberShows) {
  AttentionCase c = causal(2, 1, 16, 16);
  compile(c);
  for (int64_t rows : {3, 20})
    for (float odd : {NAN, INFINITY}) {
      AttentionInput x = draw(c, rows, 40);
      x.query.values[16 + 3] = odd;
      Numbers<float> y = run(c, x);
      for (int64_t t = 0; t < rows; ++t)
        EXPECT_EQ(std::isnan(y.at({0, 0, t, 5})), t == 1) << t;
    }
}

/// Every second number of what is stored: kernels load vectors of a copy.
TEST_P(AttentionTest, KeysWithGaps) {
  compile(R"(
func.func @main(%q: tensor<1x2x?x16xf32>, %k: tensor<1x1x?x32xf32>, %v: tensor<1x1x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<32> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis = onnx.Constant() {value = dense<3> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %half = onnx.Slice(%k, %zero, %end, %axis, %two)
    : (tensor<1x1x?x32xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x1x?x16xf32>
  %0:3 = llm.attention(%q, %half, %v) {scale = 0.5 : f32}
    : (tensor<1x2x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>) -> (tensor<1x2x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>)
  return %0#0 : tensor<1x2x?x16xf32>
})");
  AttentionCase c;
  c.heads = 2;
  for (int64_t rows : {1, 12}) {
    AttentionInput x = draw(c, rows, 20), stored = x;
    stored.key = {{1, 1, 20, 32}, random(20 * 32)};
    for (int64_t i = 0; i < 20 * 16; ++i)
      x.key.values[i] = stored.key.values[2 * i];
    compare(c, x, run(c, stored));
  }
}

/// One thread and two, on long contexts too.
TEST_P(AttentionTest, GivesTheSameBitsOnAnyNumberOfThreads) {
  AttentionCase c = causal(6, 2, 64, 64);
  compile(c);
  for (auto [rows, columns] : {std::pair(1, 3000), std::pair(5, 700), std::pair(70, 300)}) {
    AttentionInput x = draw(c, rows, columns);
    std::vector<float> results[2];
    for (unsigned threads : {1, 2}) {
      runtime::ThreadPool::setSharedThreads(threads);
      results[threads - 1] = run(c, x).values;
    }
    EXPECT_EQ(results[0], results[1]);
  }
}

/// The last rows of a text, read with those before them or alone.
TEST_P(AttentionTest, GivesARowTheSameBitsBesideOthers) {
  AttentionCase c = causal(6, 2, 40, 40);
  compile(c);
  auto checkPart = [&](int64_t rows, int64_t part) {
    AttentionInput x = draw(c, rows, 600), last = draw(c, part, 600);
    last.key = x.key, last.value = x.value;
    for (int64_t h = 0; h < 6; ++h)
      std::copy_n(x.query.values.begin() + ((h + 1) * rows - part) * 40, part * 40,
                  last.query.values.begin() + h * part * 40);
    Numbers<float> y = run(c, x), z = run(c, last);
    for (int64_t h = 0; h < 6; ++h)
      for (int64_t t = 0; t < part; ++t)
        for (int64_t e = 0; e < 40; ++e)
          ASSERT_EQ(z.at({0, h, t, e}), y.at({0, h, rows - part + t, e}));
  };
  for (int64_t rows : {2, 3, 5, 8})
    checkPart(rows, 1);
  checkPart(8, 3);
  checkPart(100, 37);
  checkPart(33, 9);
}
