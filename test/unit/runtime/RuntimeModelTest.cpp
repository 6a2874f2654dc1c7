// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading and calling compiled models, on one written by hand.
#include "lib/Runtime/CpuFeatures.h"
#include "lib/Runtime/Decoder.h"
#include "lib/Runtime/Fail.h"
#include "lib/Runtime/KernelTrace.h"
#include "test/unit/runtime/RuntimeModelFixture.h"

using namespace retort::runtime;
namespace fs = std::filesystem;

TEST_F(RuntimeModel, CallsTheGraph) {
  auto model = Model::load(library());
  ASSERT_TRUE(model) << model.error();
  Function main = *(*model)->function("main");
  model->reset(); // a function keeps the code alive
  auto outputs = main.call({matrix(2, 1), matrix(2, 2)});
  ASSERT_TRUE(outputs) << outputs.error();
  ASSERT_EQ(outputs->size(), 2u);
  EXPECT_EQ((*outputs)[0].shape(), (Shape{2, 3}));
  EXPECT_EQ((*outputs)[0].at(0), 13);
  EXPECT_EQ((*outputs)[0].at(5), 33);
  EXPECT_EQ((*outputs)[1].at(5), 1); // the argument itself, copied
}

TEST_F(RuntimeModel, TakesEmptyInputs) {
  auto model = Model::load(library());
  auto outputs = (*model)->function("main")->call({matrix(0, 1), matrix(0, 2)});
  ASSERT_TRUE(outputs) << outputs.error();
  EXPECT_EQ((*outputs)[0].count(), 0);
}

TEST_F(RuntimeModel, ChecksInputs) {
  EXPECT_EQ(callError({matrix(2, 1)}), "function 'main' expects 2 inputs, found 1");
  EXPECT_EQ(callError({matrix(2, 1), matrix(5, 1)}),
            "input 'y': dimension 'n' is 5, but 2 in input 'x'");
  EXPECT_EQ(callError({matrix(2, 1), Tensor::allocate(ElementType::F32, {2, 4})}),
            "input 'y': expects f32 of shape ?x3, found f32 of shape 2x4");
  EXPECT_EQ(callError({Tensor::allocate(ElementType::I64, {3}), matrix(2, 1)}),
            "input 'x': expects f32 of shape ?x3, found i64 of shape 3");
}

TEST_F(RuntimeModel, ExpectsInputsWithoutADefault) {
  EXPECT_EQ(callError({matrix(2, 1), Tensor()}), "input 'y' is not given and has no default");
}

TEST_F(RuntimeModel, ReportsErrorsOfTheCode) {
  EXPECT_EQ(callError({matrix(2, -1), matrix(2, 1)}), "the first element is negative");
  EXPECT_EQ(callError({matrix(2, 1), matrix(2, 1)}), "");
}

TEST_F(RuntimeModel, RefusesBrokenFiles) {
  writeWeights(5000, 4108);
  EXPECT_NE(loadError().find("model.weights' is cut off: expects 5000 bytes, found 4108"),
            std::string::npos);
  writeWeights(4100, 4100);
  EXPECT_NE(loadError().find("model.weights' belongs to another model"), std::string::npos);
  fs::remove(folder / "model.weights");
  EXPECT_NE(loadError().find("cannot open"), std::string::npos);
  fs::resize_file(library(), fs::file_size(library()) / 2);
  EXPECT_NE(loadError().find("model.so' is cut off"), std::string::npos);
  std::ofstream(library()) << "hello";
  EXPECT_NE(loadError().find("model.so' is not a compiled model"), std::string::npos);
  fs::remove(library());
  EXPECT_NE(loadError().find("model.so': No such file"), std::string::npos);
}

TEST_F(RuntimeModel, SessionsCountForThemselves) {
  auto model = Model::load(library());
  auto one = (*model)->startSession(), two = (*model)->startSession();
  ASSERT_TRUE(one) << one.error();
  EXPECT_EQ((*one)->context(), 6);
  auto logits = (*one)->step({0, 1, 0});
  ASSERT_TRUE(logits) << logits.error();
  EXPECT_EQ(logits->shape(), (Shape{1, 3, 4}));
  EXPECT_EQ(logits->at(8 + 2), 1); // token 0 for the second time
  EXPECT_EQ((*two)->step({0})->at(1), 1);
  EXPECT_EQ((*one)->step({0})->at(3), 1);
  EXPECT_EQ((*one)->position(), 4);
  EXPECT_EQ((*one)->step({1, 1, 1}).error(),
            "the context holds 6 tokens: 4 are there, 3 more do not fit");
  EXPECT_EQ((*one)->position(), 4);
  (*one)->reset();
  EXPECT_EQ((*one)->step({0})->at(1), 1);
}

TEST_F(RuntimeModel, SessionsTakeBackRowsOfTokensAlone) {
  auto model = Model::load(library());
  auto session = (*model)->startSession();
  ASSERT_TRUE((*session)->step({0, 1, 0}));
  EXPECT_FALSE((*session)->rewinds());
  EXPECT_EQ((*session)->rewind(1).error(), "the states of the model hold more than rows of tokens: "
                                           "none can be taken back");
  EXPECT_EQ((*session)->position(), 3);
  auto decoder = Decoder::create(**model);
  EXPECT_FALSE((*decoder)->rewinds());
}

TEST_F(RuntimeModel, KernelsOfOtherCodeCannotBeWatched) {
  auto model = Model::load(library());
  auto trace = KernelTrace::start(**model);
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error(), "the code cannot be watched: it was compiled by another version, or "
                           "calls no kernels");
}

TEST_F(RuntimeModel, SessionsGiveTheRowsAskedFor) {
  auto model = Model::load(library());
  auto session = (*model)->startSession();
  auto logits = (*session)->step({0, 0, 0}, 2);
  ASSERT_TRUE(logits) << logits.error();
  EXPECT_EQ(logits->shape(), (Shape{1, 2, 4}));
  EXPECT_EQ(logits->at(2), 1);
  EXPECT_EQ(logits->at(4 + 3), 1);
  EXPECT_EQ((*session)->step({0}, 5)->shape(), (Shape{1, 1, 4})); // there are no more
}

TEST_F(RuntimeModel, DecodesThroughTheStep) {
  auto model = Model::load(library());
  auto decoder = Decoder::create(**model);
  ASSERT_TRUE(decoder) << decoder.error();
  EXPECT_EQ((*decoder)->vocabulary(), 4);
  auto last = (*decoder)->feedForLast({0, 0, 0});
  ASSERT_TRUE(last) << last.error();
  EXPECT_EQ(last->shape(), (Shape{1, 4}));
  EXPECT_EQ(last->at(3), 1);
}

TEST(RuntimeManifest, RefusesWhatContradictsItself) {
  auto problem = [](const char *text) {
    auto model = Model::create(text, {}, {}, nullptr);
    return model ? std::string() : model.error();
  };
  EXPECT_NE(problem("hello").find("the manifest is not valid"), std::string::npos);
  EXPECT_NE(problem(R"({"retort": 2, "functions": []})").find("version 2"), std::string::npos);
  EXPECT_EQ(
      problem(
          R"({"retort": 1, "functions": [{"name": "main", "symbol": "m", "inputs": [], "outputs": [], "weights": [3]}]})"),
      "the manifest names weights 3 of 0");
  EXPECT_EQ(
      problem(
          R"({"retort": 1, "functions": [], "weights": [{"offset": 0, "bytes": 4, "type": "f32", "shape": [1]}]})"),
      "expects 1 weights, found 0");
}

TEST(RuntimeManifest, RefusesWeightsThatAreTooShort) {
  char bytes[2] = {};
  auto model = Model::create(
      R"({"retort": 1, "functions": [], "weights": [{"offset": 0, "bytes": 4, "type": "f32", "shape": [1]}]})",
      {}, {{bytes, 2}}, nullptr);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error(), "expects 4 bytes for weight 0, found 2");
}

TEST(RuntimeManifest, RefusesWeightsAndStatesThatNoTensorHas) {
  auto problem = [](const std::string &fields) {
    auto model =
        Model::create(R"({"retort": 1, "functions": [], )" + fields + "}", {}, {}, nullptr);
    return model ? std::string() : model.error();
  };
  auto weight = [&](const std::string &rest) {
    return problem(R"("weights": [{"offset": 0, "bytes": 4, )" + rest + "}]");
  };
  EXPECT_EQ(weight(R"("type": "f33", "shape": [1])"),
            "the manifest has an unknown element type 'f33'");
  EXPECT_EQ(weight(R"("type": "f32", "shape": [-1])"), "the manifest has a weight of shape ?");
  EXPECT_EQ(weight(R"("type": "f32", "shape": [2])"),
            "the manifest has 4 bytes for a weight of shape 2");
  EXPECT_EQ(problem(R"("states": [{"name": "s", "type": "f32", "shape": [2, -1]}])"),
            "the manifest has a state of shape 2x?");
}

TEST(RuntimeCpuFeatures, NamesWhatIsMissing) {
  EXPECT_TRUE(missingCpuFeatures({"+sse3", "+no-such-feature", "-xop"}).empty());
}
