// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Comparing tensors, and folders of tensors.
#include "lib/Runtime/Compare.h"
#include "lib/Runtime/TensorFolder.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

using namespace retort::runtime;

static Tensor floats(Shape shape, std::vector<float> values) {
  Tensor tensor = Tensor::allocate(ElementType::F32, std::move(shape));
  std::copy(values.begin(), values.end(), tensor.as<float>());
  return tensor;
}

TEST(RuntimeCompare, MeasuresTheLargestDifference) {
  Comparison found = compare(floats({3}, {1, 2, 4}), floats({3}, {1, 2.5, 0}), {0, 1});
  EXPECT_DOUBLE_EQ(found.absolute, 4);
  EXPECT_DOUBLE_EQ(found.relative, 0.2); // of 2.5; nothing is relative to 0
  EXPECT_EQ(found.beyond, 1);
  EXPECT_EQ(found.first, 2);
  EXPECT_TRUE(compare(floats({1}, {1.01f}), floats({1}, {1}), {0.02, 0}).agrees());
}

TEST(RuntimeCompare, AllowsAPartOfTheLargestElement) {
  Tensor want = floats({3}, {-100, 0.01f, 1}), got = floats({3}, {-100, 0.02f, 1.5f});
  EXPECT_EQ(compare(got, want, {0.1, 0, 0}).beyond, 2);
  EXPECT_TRUE(compare(got, want, {0, 0, 0.005}).agrees());
  EXPECT_FALSE(compare(got, want, {0, 0, 0.0049}).agrees());
  EXPECT_NEAR(compare(got, want, {}).ofLargest(), 0.005, 1e-9);
}

TEST(RuntimeCompare, NamesTheElementThatIsFarthestBeyondWhatIsAllowed) {
  Comparison found = compare(floats({3}, {101, 0.5, 1}), floats({3}, {100, 0, 1}), {0.01, 0.1});
  EXPECT_EQ(found.worst, 1); // the first is off by more, and may be
  EXPECT_EQ(found.worstFound, 0.5);
  EXPECT_EQ(found.worstExpected, 0);
  EXPECT_EQ(compare(floats({1}, {1}), floats({1}, {1}), {}).worst, -1);
  EXPECT_EQ(compare(floats({2}, {5, NAN}), floats({2}, {1, 1}), {}).worst, 1);
}

TEST(RuntimeCompare, TakesNoNumberForANumber) {
  EXPECT_TRUE(compare(floats({2}, {NAN, INFINITY}), floats({2}, {NAN, INFINITY}), {0, 0}).agrees());
  EXPECT_FALSE(compare(floats({1}, {NAN}), floats({1}, {1}), {1, 1e9}).agrees());
  EXPECT_FALSE(compare(floats({1}, {1}), floats({1}, {NAN}), {1, 1e9}).agrees());
  EXPECT_FALSE(compare(floats({1}, {1}), floats({1}, {INFINITY}), {1, 1e9}).agrees());
  EXPECT_FALSE(compare(floats({1}, {-INFINITY}), floats({1}, {INFINITY}), {1, 1e9}).agrees());
}

TEST(RuntimeCompare, NamesOtherTypesAndShapes) {
  EXPECT_EQ(compare(floats({2, 3}, {}), floats({3, 2}, {}), {1, 1}).mismatch,
            "expects f32 of shape 3x2, found f32 of shape 2x3");
  EXPECT_EQ(compare(floats({}, {1}), Tensor::allocate(ElementType::I64, {}), {1, 1}).mismatch,
            "expects i64 of shape scalar, found f32 of shape scalar");
}

TEST(RuntimeTensorFolder, ReadsBackWhatItWrote) {
  char folder[] = "/tmp/tensors.XXXXXX";
  ASSERT_TRUE(mkdtemp(folder));
  std::string inner = std::string(folder) + "/made/of/parts";
  FunctionInfo function;
  function.outputs = {{"a", ElementType::F32, {2}, {}, ""}, {"b/c", ElementType::F32, {1}, {}, ""}};
  ASSERT_TRUE(bool(writeOutputs(inner, function, {floats({2}, {1, 2}), floats({1}, {3})})));
  auto second = readFromFolder(inner, "output", 1, "b/c");
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->at(0), 3);
  auto third = readFromFolder(inner, "output", 2, "d");
  ASSERT_TRUE(bool(third));
  EXPECT_FALSE(*third);
  EXPECT_FALSE(bool(readFromFolder(inner + "/none", "output", 0, "a")));
  function.inputs = function.outputs;
  auto inputs = readInputs(inner, function);
  ASSERT_FALSE(bool(inputs));
  EXPECT_NE(inputs.error().find("holds no input 'a': expects 'input_0.pb' or 'a.npy'"),
            std::string::npos);
  std::filesystem::remove_all(folder);
}
