// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the file of options keeps is what was added; what it cannot keep it says.
#include "lib/Compress/Allocate/OptionsFile.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <random>

using namespace retort;

namespace {
GroupedMatrix randomCodes(CodeNumbers numbers, int64_t outputs, int64_t inputs, int64_t size) {
  std::mt19937 engine(unsigned(numbers.bits()));
  GroupedMatrix matrix;
  matrix.numbers = std::move(numbers);
  matrix.outputs = outputs;
  matrix.inputs = inputs;
  matrix.groupSize = size;
  matrix.ladder = {1000, 77};
  int lowest = matrix.numbers.lowest(), count = matrix.numbers.highest() - lowest + 1;
  matrix.codes.resize(outputs * inputs);
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t k = 0; k < inputs; ++k)
      matrix.setCode(i, k, lowest + int(engine() % unsigned(count)));
  for (int64_t i = 0; i < outputs * matrix.groups(); ++i)
    matrix.scales.push_back({float(engine() % 1000) / 7, int(engine() % unsigned(count))});
  return matrix;
}

GroupedMatrix shapeOf(const GroupedMatrix &matrix) {
  GroupedMatrix shape;
  shape.numbers = matrix.numbers;
  shape.outputs = matrix.outputs;
  shape.inputs = matrix.inputs;
  shape.groupSize = matrix.groupSize;
  return shape;
}

void expectEqual(const GroupedMatrix &found, const GroupedMatrix &wanted) {
  EXPECT_EQ(found.codes, wanted.codes);
  ASSERT_EQ(found.scales.size(), wanted.scales.size());
  for (size_t i = 0; i < wanted.scales.size(); ++i) {
    EXPECT_EQ(found.scales[i].scale, wanted.scales[i].scale);
    EXPECT_EQ(found.scales[i].zero, wanted.scales[i].zero);
  }
  EXPECT_EQ(found.ladder.first, wanted.ladder.first);
  EXPECT_EQ(found.ladder.step, wanted.ladder.step);
}

struct OptionsFileTest : testing::Test {
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("options", folder));
    path = (folder + "/statistics.options").str();
  }
  void TearDown() override { (void)llvm::sys::fs::remove_directories(folder); }

  llvm::SmallString<128> folder;
  std::string path;
};
} // namespace

TEST_F(OptionsFileTest, KeepsCodesOfEveryWidth) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const CodeNumbers &numbers :
         {CodeNumbers::levels(bits), CodeNumbers::integers({bits, true}),
          CodeNumbers::integers({bits, false})}) {
      GroupedMatrix matrix = randomCodes(numbers, 3, 37, 16);
      OptionsFile file = OptionsFile::open(path, "s" + std::to_string(bits), "r");
      ASSERT_TRUE(file.makeRoom(OptionsFile::bytesOfCodes(matrix)));
      file.add("w", "content", "a", {10, .5, 2, .25}, &matrix);
      file.keep();
      const WeightOption *option = file.find("w", "content", "a");
      ASSERT_TRUE(option);
      GroupedMatrix found = shapeOf(matrix);
      ASSERT_TRUE(file.read(*option, found));
      expectEqual(found, matrix);
      ASSERT_FALSE(llvm::sys::fs::remove(path));
    }
}

TEST_F(OptionsFileTest, GrowsAndKeepsWhatItHad) {
  GroupedMatrix first = randomCodes(CodeNumbers::levels(3), 4, 32, 16),
                second = randomCodes(CodeNumbers::levels(5), 4, 32, 32);
  {
    OptionsFile file = OptionsFile::open(path, "s", "r");
    ASSERT_TRUE(file.makeRoom(100));
    file.add("w", "content", "a", {10, .5, 2}, &first);
    file.keep();
  }
  {
    OptionsFile file = OptionsFile::open(path, "s", "r");
    ASSERT_TRUE(file.makeRoom(100));
    file.add("w", "content", "b", {20, .25, 2, .125}, &second);
    file.keep();
  }
  OptionsFile file = OptionsFile::open(path, "s", "r");
  const WeightOption *a = file.find("w", "content", "a"), *b = file.find("w", "content", "b");
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->bytes, 10);
  EXPECT_FALSE(a->isNearest());
  EXPECT_TRUE(b->isNearest());
  GroupedMatrix found = shapeOf(first);
  ASSERT_TRUE(file.read(*a, found));
  expectEqual(found, first);
  found = shapeOf(second);
  ASSERT_TRUE(file.read(*b, found));
  expectEqual(found, second);
}

TEST_F(OptionsFileTest, IsOfOneSampleOneRoundingAndOneContent) {
  {
    OptionsFile file = OptionsFile::open(path, "s", "r");
    file.add("w", "content", "a", {10, .5, 2}, nullptr);
    file.keep();
  }
  EXPECT_TRUE(OptionsFile::open(path, "s", "r").find("w", "content", "a"));
  EXPECT_FALSE(OptionsFile::open(path, "s", "r").find("w", "other", "a"));
  EXPECT_FALSE(OptionsFile::open(path, "s", "r").find("w", "content", "b"));
  EXPECT_FALSE(OptionsFile::open(path, "t", "r").find("w", "content", "a"));
  EXPECT_FALSE(OptionsFile::open(path, "s", "q").find("w", "content", "a"));
}

TEST_F(OptionsFileTest, WithoutAPlaceCodesAreNotKept) {
  GroupedMatrix matrix = randomCodes(CodeNumbers::levels(3), 4, 32, 16);
  OptionsFile file = OptionsFile::open((folder + "/missing/s.options").str(), "s", "r");
  EXPECT_FALSE(file.makeRoom(100));
  file.add("w", "content", "a", {10, .5, 2}, &matrix);
  file.keep();
  const WeightOption *option = file.find("w", "content", "a");
  ASSERT_TRUE(option);
  EXPECT_FALSE(file.read(*option, matrix));
}

TEST_F(OptionsFileTest, ADiskWithoutRoomKeepsNoCodes) {
  OptionsFile file = OptionsFile::open(path, "s", "r");
  EXPECT_FALSE(file.makeRoom(uint64_t(1) << 60));
  GroupedMatrix matrix = randomCodes(CodeNumbers::levels(3), 4, 32, 16);
  file.add("w", "content", "a", {10, .5, 2}, &matrix);
  file.keep();
  ASSERT_TRUE(file.find("w", "content", "a"));
  EXPECT_FALSE(file.read(*file.find("w", "content", "a"), matrix));
}

TEST_F(OptionsFileTest, CodesThatAreCutOffAreNotRead) {
  GroupedMatrix matrix = randomCodes(CodeNumbers::levels(3), 4, 32, 16);
  OptionsFile file = OptionsFile::open(path, "s", "r");
  ASSERT_TRUE(file.makeRoom(100));
  file.add("w", "content", "a", {10, .5, 2}, &matrix);
  file.keep();
  WeightOption option = *file.find("w", "content", "a");
  GroupedMatrix larger = shapeOf(matrix);
  larger.outputs = 400;
  EXPECT_FALSE(file.read(option, larger));
  option.codes = -3;
  EXPECT_FALSE(file.read(option, matrix));
  option.codes = int64_t(1) << 62;
  EXPECT_FALSE(file.read(option, matrix));
}
