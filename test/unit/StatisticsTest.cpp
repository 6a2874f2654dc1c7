// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over activations against plain loops, and their file, whole and damaged.
#include "lib/Calibrate/Accumulator.h"
#include "lib/Statistics/ScaledOutputs.h"
#include "test/unit/RandomNumbers.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <fstream>
#include <limits>
#include <random>

using namespace retort;

namespace {
std::string pathOf(const std::string &name) { return testing::TempDir() + "statistics_" + name; }

std::string writtenText() {
  Accumulator fitted(3), held(3);
  std::vector<float> rows = normals(4 * 3, 1);
  llvm::cantFail(fitted.add(rows.data(), 4));
  llvm::cantFail(held.add(rows.data(), 2));
  StatisticsSource source{"abc", 2, 4, {1, 2, 3, 4, 5, 6, 7, 8}, 1};
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::cantFail(writeStatistics(
      source, {{{"a", "b"}, 3, fitted.moments(), held.moments(), {{}, {{3, .5, .01}}}}}, stream));
  return text;
}

llvm::Expected<std::shared_ptr<const Statistics>> openText(const std::string &text) {
  std::string path = pathOf("file");
  std::ofstream(path, std::ios::binary) << text;
  return Statistics::open(path);
}
} // namespace

TEST(Accumulator, SumsAreThoseOfAllRowsInAnyPieces) {
  int64_t count = 37, inputs = 5;
  std::vector<float> rows = normals(count * inputs, 1);
  Accumulator sums(inputs);
  llvm::cantFail(sums.add(rows.data(), 10));
  llvm::cantFail(sums.add(rows.data() + 10 * inputs, 27));
  Moments moments = sums.moments();
  EXPECT_EQ(moments.rows, count);
  int64_t next = 0;
  for (int64_t i = 0; i < inputs; ++i) {
    double sum = 0, magnitudes = 0, squares = 0, largest = 0;
    for (int64_t t = 0; t < count; ++t) {
      double x = rows[t * inputs + i];
      sum += x, magnitudes += std::abs(x), squares += x * x;
      largest = std::max(largest, std::abs(x));
    }
    EXPECT_NEAR(moments.sum[i], sum, 1e-4);
    EXPECT_NEAR(moments.sumOfMagnitudes[i], magnitudes, 1e-4);
    EXPECT_NEAR(moments.sumOfSquares[i], squares, 1e-4);
    EXPECT_FLOAT_EQ(moments.largest[i], float(largest));
    for (int64_t j = 0; j <= i; ++j, ++next) {
      double product = 0;
      for (int64_t t = 0; t < count; ++t)
        product += double(rows[t * inputs + i]) * rows[t * inputs + j];
      EXPECT_NEAR(moments.gram[next], product, 1e-3);
    }
  }
}

TEST(Statistics, KnowOutputsOfTheWeightsThatHaveThem) {
  Accumulator inputs(3), outputs(2);
  std::vector<float> rows = normals(4 * 3, 1);
  llvm::cantFail(inputs.add(rows.data(), 4));
  llvm::cantFail(outputs.add(rows.data(), 6));
  Moments x = inputs.moments(), g = outputs.moments();
  OutputStatistics known{2, {6, g.gram, x.gram, 5.5}, {3, g.gram, {}, .5}};
  StatisticsRecord record{{"a", "b"}, 3, x, x, {}, {{}, known}};
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::cantFail(writeStatistics({"abc", 2, 4, {1, 2, 3, 4, 5, 6, 7, 8}, 0}, {record}, stream));
  auto statistics = openText(text);
  ASSERT_TRUE(bool(statistics));
  const StatisticsRecord &read = *(*statistics)->find("a");
  EXPECT_EQ(read.outputsOf("a"), nullptr);
  const OutputStatistics *found = read.outputsOf("b");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->outputs, 2);
  EXPECT_EQ(found->fitted.rows, 6);
  EXPECT_EQ(found->fitted.gram, g.gram);
  EXPECT_EQ(found->fitted.weightedInputs, x.gram);
  EXPECT_EQ(found->fitted.squares, 5.5);
  EXPECT_TRUE(found->held.weightedInputs.empty());
  llvm::StringRef was = "\"squares\":5.5", is = "\"squares\":-55";
  size_t place = text.find(was.str());
  ASSERT_NE(place, std::string::npos);
  auto refused = openText(text.replace(place, is.size(), is.str()));
  ASSERT_FALSE(bool(refused));
  EXPECT_NE(llvm::toString(refused.takeError()).find("a weight has no sums of its outputs"),
            std::string::npos);
}

TEST(ScaledOutputs, AreThoseOfGradientsTimesTheScales) {
  int64_t count = 30;
  std::vector<float> rows = normals(count * 3, 2), scales{2, .5f, 3}, scaled = rows;
  for (size_t i = 0; i < scaled.size(); ++i)
    scaled[i] *= scales[i % 3];
  Accumulator before(3), behind(3);
  llvm::cantFail(before.add(rows.data(), count));
  llvm::cantFail(behind.add(scaled.data(), count));
  Moments source = before.moments(), expected = behind.moments();
  OutputStatistics known{3, {count, source.gram, {}, 1}, {}};
  ScaledOutputs found(known, scales);
  for (size_t i = 0; i < expected.gram.size(); ++i)
    EXPECT_NEAR(found.outputs().fitted.gram[i], expected.gram[i], 1e-4 * count);
}

TEST(Accumulator, NumbersThatAreNotFiniteAreAnError) {
  float rows[] = {1, 2, 3, std::numeric_limits<float>::quiet_NaN()};
  llvm::Error error = Accumulator(2).add(rows, 2);
  EXPECT_EQ(llvm::toString(std::move(error)), "holds nan at row 1, input 1");
}

TEST(Statistics, FileHoldsWhatWasWritten) {
  auto statistics = openText(writtenText());
  ASSERT_TRUE(bool(statistics));
  EXPECT_EQ((*statistics)->source().model, "abc");
  EXPECT_EQ((*statistics)->source().tokens, (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  const StatisticsRecord *record = (*statistics)->find("b");
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record, (*statistics)->find("a"));
  EXPECT_EQ((*statistics)->find("c"), nullptr);
  EXPECT_EQ(record->inputs, 3);
  EXPECT_EQ(record->fitted.rows, 4);
  EXPECT_EQ(record->held.rows, 2);
  std::vector<float> rows = normals(4 * 3, 1);
  EXPECT_FLOAT_EQ(record->held.gram[1], rows[0] * rows[1] + rows[3] * rows[4]);
}

TEST(Statistics, SensitivitiesAreThoseOfTheWeight) {
  auto statistics = openText(writtenText());
  ASSERT_TRUE(bool(statistics));
  EXPECT_EQ((*statistics)->source().sensitivityWindows, 1);
  EXPECT_TRUE((*statistics)->sensitivitiesOf("a").empty());
  EXPECT_TRUE((*statistics)->sensitivitiesOf("c").empty());
  llvm::ArrayRef<Sensitivity> found = (*statistics)->sensitivitiesOf("b");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].bits, 3);
  EXPECT_EQ(found[0].error, .5);
  EXPECT_EQ(found[0].kl, .01);
}

TEST(Statistics, OtherVersionsAreErrorsThatSayWhatHelps) {
  std::string old = writtenText();
  old.replace(old.find("\"version\":2"), 11, "\"version\":1");
  auto statistics = openText(old);
  EXPECT_NE(llvm::toString(statistics.takeError())
                .find("expects version 2 of statistics, found 1: `retort calibrate` measures them "
                      "anew"),
            std::string::npos);
}

TEST(Statistics, SensitivitiesThatAreNoNumbersAreErrors) {
  std::string bad = writtenText();
  bad.replace(bad.find("\"error\":0.5"), 11, "\"error\":-15");
  auto statistics = openText(bad);
  EXPECT_NE(llvm::toString(statistics.takeError()).find("a sensitivity is no pair of numbers"),
            std::string::npos);
}

TEST(Statistics, DamagedFilesAreErrors) {
  std::string whole = writtenText();
  for (size_t length : {size_t(0), size_t(4), size_t(12), size_t(100), whole.size() - 70}) {
    auto statistics = openText(whole.substr(0, length));
    EXPECT_FALSE(bool(statistics)) << length;
    llvm::consumeError(statistics.takeError());
  }
  std::string other = whole;
  other.replace(0, 8, "RETORTW1");
  auto statistics = openText(other);
  EXPECT_NE(llvm::toString(statistics.takeError()).find("is no file of statistics"),
            std::string::npos);
}
