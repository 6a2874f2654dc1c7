// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Labels that are drawn from logits, against the probabilities of softmax.
#include "lib/Calibrate/DrawnLabels.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace retort;
using runtime::Tensor;

static Tensor rowsOf(int64_t count, const std::vector<float> &row) {
  Tensor result = Tensor::allocate(runtime::ElementType::F32, {count, int64_t(row.size())});
  for (int64_t t = 0; t < count; ++t)
    std::copy(row.begin(), row.end(), result.as<float>() + t * int64_t(row.size()));
  return result;
}

TEST(DrawnLabels, ComeAsOftenAsSoftmaxSays) {
  std::vector<float> row{1, -2, INFINITY * -1, 3, 0};
  int64_t count = 40000;
  std::vector<int64_t> labels = drawLabels(rowsOf(count, row), 7), seen(row.size());
  double total = 0;
  for (float logit : row)
    total += std::exp(double(logit));
  for (int64_t label : labels)
    ++seen[size_t(label)];
  for (size_t i = 0; i < row.size(); ++i) {
    double share = std::exp(double(row[i])) / total;
    EXPECT_NEAR(double(seen[i]) / double(count), share,
                4 * std::sqrt(share / double(count)) + 1e-12);
  }
}

TEST(DrawnLabels, FollowFromTheCallAndTheRowAlone) {
  Tensor few = rowsOf(10, {0, 0, 0, 0}), many = rowsOf(30, {0, 0, 0, 0});
  std::vector<int64_t> first = drawLabels(few, 3), longer = drawLabels(many, 3);
  longer.resize(10);
  EXPECT_EQ(first, longer);
  EXPECT_NE(first, drawLabels(few, 4));
}
