// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files of tokens as training reads them, and how long their windows are.
#include "lib/Trainer/TrainingData.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/PendingFile.h"
#include "lib/Text/TokenFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>
#include <numeric>

using namespace mlir;
using namespace retort;

namespace {
class TrainingDataTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tokens", folder));
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    options.data = write("a.tokens", 0);
  }
  void TearDown() override { (void)llvm::sys::fs::remove_directories(folder); }

  /// Ids 3, 4, ... 102, of which every fourth does not count.
  std::string write(llvm::StringRef name, int64_t window, uint64_t tokenizer = 0) {
    std::string path = (folder + "/" + name).str();
    text::TokenWriter writer(200, tokenizer, window);
    std::vector<int64_t> ids(100);
    std::iota(ids.begin(), ids.end(), 3);
    std::vector<bool> counts(100);
    for (size_t i = 0; i < 100; ++i)
      counts[i] = i % 4 != 0;
    EXPECT_TRUE(bool(writer.append(ids, counts)));
    EXPECT_FALSE(bool(writeFile(path, [&](llvm::raw_ostream &stream) {
      writer.write([&](std::string_view part) { stream << part; });
      return llvm::Error::success();
    })));
    return path;
  }

  llvm::Expected<TrainingData> open(const std::string &attributes = "context = 48 : i64",
                                    int64_t logits = 200) {
    module = parseSourceString<ModuleOp>(
        "module attributes {retort.language = {" + attributes +
            "}} { func.func @main(%t: tensor<1x?xi64>) -> (tensor<1x?x" + std::to_string(logits) +
            "xf32> {retort.role = \"logits\"}) { %0 = ub.poison : tensor<1x?x" +
            std::to_string(logits) + "xf32>\n return %0 : tensor<1x?x" + std::to_string(logits) +
            "xf32> } }",
        &context);
    EXPECT_TRUE(bool(module));
    return openData(*module, *module, options);
  }
  std::string errorOf(llvm::Expected<TrainingData> data) {
    return data ? "" : toString(data.takeError());
  }

  llvm::SmallString<128> folder;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  TrainingOptions options;
};
} // namespace

TEST_F(TrainingDataTest, ReadsIdsAndWeights) {
  auto data = open();
  ASSERT_TRUE(bool(data)) << toString(data.takeError());
  EXPECT_EQ(data->heldOut, nullptr);
  EXPECT_EQ(data->data->size(), 100);
  TokenWindow window = windowAt(*data->data, 3, 6);
  EXPECT_EQ(window.tokens, (std::vector<int64_t>{6, 7, 8, 9, 10, 11}));
  // Rows predict tokens 4 to 8, of which 4 and 8 do not count.
  EXPECT_EQ(window.weights, (std::vector<float>{0, 1, 1, 1, 0, 0}));
}

TEST_F(TrainingDataTest, CutsWindowsAsLongAsIsAskedOrKnown) {
  auto contextOf = [&] {
    auto data = open();
    return data ? data->options.context : -1;
  };
  EXPECT_EQ(contextOf(), 48);
  options.data = write("b.tokens", 20);
  EXPECT_EQ(contextOf(), 20);
  options.context = 10;
  EXPECT_EQ(contextOf(), 10);
}

TEST_F(TrainingDataTest, OpensAnotherFileForMeasurements) {
  options.heldOut = write("b.tokens", 20);
  auto data = open();
  ASSERT_TRUE(bool(data)) << toString(data.takeError());
  EXPECT_EQ(data->heldOut->name(), options.heldOut);
  EXPECT_NE(data->heldOut->hash(), data->data->hash());
}

TEST_F(TrainingDataTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(errorOf(open("context = 48 : i64", 150)),
            options.data + ": has ids of a vocabulary of 200, expects at most the model's 150 "
                           "logits");
  EXPECT_EQ(errorOf(open("bos = 1 : i64")),
            "expects 'context': the model does not say what length it was trained with");
  options.data = write("ours.tokens", 20, 5);
  options.heldOut = write("others.tokens", 20, 6);
  EXPECT_EQ(errorOf(open()),
            options.heldOut +
                ": expects tokens of this tokenizer, found those of another vocabulary");
  options.data = (folder + "/none").str();
  EXPECT_EQ(errorOf(open()), "cannot read '" + options.data + "': No such file or directory");
}
