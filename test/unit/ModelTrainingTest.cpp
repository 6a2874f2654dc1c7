// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A context whose host trains models: what comes back is better, or nothing.
#include "lib/Trainer/ModelTraining.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Support/PendingFile.h"
#include "lib/Text/TokenFile.h"
#include "lib/Train/TrainStudent.h"
#include "lib/Train/TrainsModels.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
constexpr int64_t width = 8, words = 11, length = 6;

std::string numbers(int64_t rows, int64_t columns, unsigned seed) {
  std::vector<float> values = normals(size_t(rows * columns), seed);
  std::string text = "dense<[";
  for (int64_t i = 0; i < rows; ++i) {
    text += i ? ", [" : "[";
    for (int64_t k = 0; k < columns; ++k)
      text += (k ? ", " : "") + std::to_string(values[size_t(i * columns + k)] / 2);
    text += "]";
  }
  return text + "]> : tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "xf32>";
}

/// The logits of x + tanh(x W), where x is a row of a table for each token.
std::string model(unsigned seed) {
  return "module {\nfunc.func @main(%ids: tensor<1x?xi64> {onnx.name = \"input_ids\", onnx.dims = "
         "[\"\", \"t\"], retort.role = \"tokens\"}) -> (tensor<1x?x11xf32> {onnx.name = "
         "\"logits\", onnx.dims = [\"\", \"t\", \"\"], retort.role = \"logits\"}) {\n"
         "%table = onnx.initializer \"table\" " +
         numbers(words, width, 1) + "\n%a = onnx.initializer \"a\" " + numbers(width, width, seed) +
         "\n%head = onnx.initializer \"head\" " + numbers(width, words, 4) + R"mlir(
  %e = onnx.Gather(%table, %ids) : (tensor<11x8xf32>, tensor<1x?xi64>) -> tensor<1x?x8xf32>
  %0 = onnx.MatMul(%e, %a) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x8xf32>, tensor<8x11xf32>) -> tensor<1x?x11xf32>
  return %logits : tensor<1x?x11xf32>
}
}
)mlir";
}

class ModelTrainingTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("training", folder));
    DialectRegistry registry;
    registerDialects(registry);
    registerTraining(registry, [this](const TrainingProgress &) { ++reports; });
    context.appendDialectRegistry(registry);
    teacher = parseSourceString<ModuleOp>(model(2), &context);
    ASSERT_TRUE(bool(teacher));
    options.data = write("a.tokens", words);
    options.context = length;
    options.batch = 4;
    options.steps = 120;
    options.loss = "ce";
    options.learningRate = .05;
  }
  void TearDown() override { (void)llvm::sys::fs::remove_directories(folder); }

  /// Each token follows from the one before.
  std::string write(llvm::StringRef name, int64_t vocabulary) {
    std::string path = (folder + "/" + name).str();
    text::TokenWriter writer(vocabulary);
    std::vector<int64_t> ids{1};
    for (int i = 1; i < 300; ++i)
      ids.push_back((ids.back() * 7 + 3) % words);
    EXPECT_TRUE(bool(writer.append(ids)));
    EXPECT_FALSE(bool(writeFile(path, [&](llvm::raw_ostream &stream) {
      writer.write([&](std::string_view part) { stream << part; });
      return llvm::Error::success();
    })));
    return path;
  }
  Student student(unsigned seed = 2) {
    Student result{parseSourceString<ModuleOp>(model(seed), &context), {}};
    for (Operation *op : learnedConstants(result.module->lookupSymbol<func::FuncOp>("main")))
      result.constants.push_back({op, 1, true});
    EXPECT_EQ(result.constants.size(), 3u);
    return result;
  }
  llvm::Expected<TrainingResult> train(unsigned seed = 2) {
    return TrainsModels::of(*teacher)->train(student(seed), *teacher, options);
  }
  std::string errorOf(llvm::Expected<TrainingResult> result) {
    return result ? "" : toString(result.takeError());
  }

  llvm::SmallString<128> folder;
  MLIRContext context;
  OwningOpRef<ModuleOp> teacher;
  TrainingOptions options;
  unsigned reports = 0;
};
} // namespace

TEST_F(ModelTrainingTest, LearnsWhatFollows) {
  auto result = train();
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  EXPECT_GT(result->before, 2);
  EXPECT_LT(result->best, .1);
  ASSERT_EQ(result->values.size(), 3u);
  EXPECT_EQ(result->values[0].size(), size_t(words * width));
  EXPECT_EQ(result->values[1].size(), size_t(width * width));
  EXPECT_EQ(reports, 120u + 8);
}

TEST_F(ModelTrainingTest, ComesNearerToATeacher) {
  options.loss = "forward-kl";
  auto result = train(7);
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  EXPECT_GT(result->before, .1);
  EXPECT_LT(result->best, .1 * result->before);
}

/// Which of its states are the teacher's, a student of another file is told by their places.
TEST_F(ModelTrainingTest, ComesNearerToStatesOfATeacher) {
  options.loss = "forward-kl";
  options.hidden = 1;
  options.teacher = "another";
  auto result = train(7);
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  EXPECT_EQ(result->hiddenStates, 1);
  EXPECT_LT(result->best, .1 * result->before);
  EXPECT_EQ(result->values.size(), 3u);
  // What is measured is the loss of logits alone.
  options.hidden = 1000;
  auto other = train(7);
  ASSERT_TRUE(bool(other));
  EXPECT_EQ(other->before, result->before);
  options.teacher = "before";
  EXPECT_EQ(errorOf(train(7)), "expects hidden states that are the teacher's too ('hidden'), found "
                               "1, and 1 of the teacher");
}

TEST_F(ModelTrainingTest, LeavesWhatIsTheTeacher) {
  options.loss = "forward-kl";
  options.learningRate = 100;
  auto result = train();
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  EXPECT_NEAR(result->before, 0, 1e-6);
  EXPECT_TRUE(result->values.empty());
}

TEST_F(ModelTrainingTest, GoesOnFromACheckpoint) {
  options.steps = 10;
  auto straight = train();
  ASSERT_TRUE(bool(straight));
  options.checkpoint = (folder + "/run").str();
  options.timeLimit = 1e-9;
  auto ended = train();
  ASSERT_TRUE(bool(ended));
  EXPECT_EQ(ended->steps, 0);
  options.timeLimit = 0;
  auto rest = train();
  ASSERT_TRUE(bool(rest));
  EXPECT_EQ(rest->values, straight->values);
  // Of another student, nothing is taken.
  std::string error = errorOf(train(7));
  EXPECT_NE(error.find("is the checkpoint of another training: model is "), std::string::npos)
      << error;
}

TEST_F(ModelTrainingTest, ShowsGradientsOfSingleWindows) {
  std::vector<double> losses;
  std::vector<float> first;
  auto see = [&](double loss, ArrayRef<ArrayRef<float>> gradients) {
    losses.push_back(loss);
    first.push_back(gradients[1][0]);
    EXPECT_EQ(gradients.size(), 3u);
    EXPECT_EQ(gradients[2].size(), size_t(width * words));
    return llvm::Error::success();
  };
  const TrainsModels *host = TrainsModels::of(*teacher);
  llvm::Error error = host->gradients(student(), *teacher, options, 3, see);
  ASSERT_FALSE(bool(error)) << toString(std::move(error));
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_NE(losses[0], losses[1]);
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(toString(host->gradients(student(), *teacher, options, 51, see)),
            "'" + options.data + "' has 300 tokens: expects at least 306, 51 windows of 6");
}

/// The same windows each time, of which some are held out.
TEST_F(ModelTrainingTest, LearnsFromWhatTheTeacherDraws) {
  options.loss = "forward-kl";
  options.data = "generate:40";
  options.steps = 60;
  auto result = train(7), again = train(7);
  ASSERT_TRUE(bool(result)) << toString(result.takeError());
  ASSERT_TRUE(bool(again));
  EXPECT_LT(result->best, .3 * result->before);
  EXPECT_EQ(result->values, again->values);
  options.seed = 8;
  auto other = train(7);
  ASSERT_TRUE(bool(other));
  EXPECT_NE(result->before, other->before);
}

TEST_F(ModelTrainingTest, RefusesTokensOfAnotherVocabulary) {
  options.data = write("b.tokens", 12);
  EXPECT_EQ(errorOf(train()),
            options.data +
                ": has ids of a vocabulary of 12, expects at most the model's 11 logits");
}

TEST(ModelTraining, IsUnknownToOtherContexts) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  EXPECT_EQ(TrainsModels::of(*module), nullptr);
}

TEST_F(ModelTrainingTest, ExpectsSomethingToTrain) {
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += diagnostic.str();
    return success();
  });
  IRMapping map;
  EXPECT_TRUE(failed(trainStudent(*teacher, "my-method", studentOf(*teacher, map), options)));
  EXPECT_EQ(said, "'my-method' expects something to train, found no constant that the logits "
                  "follow from");
}
