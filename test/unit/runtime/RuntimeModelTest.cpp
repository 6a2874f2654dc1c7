// Loading and calling compiled models, on one written by hand.
#include "lib/Runtime/CpuFeatures.h"
#include "lib/Runtime/Decoder.h"
#include "lib/Runtime/Fail.h"
#include "retort/Runtime.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace retort::runtime;
namespace fs = std::filesystem;

namespace {
/// A folder with the model and its weights, one per test.
class RuntimeModel : public testing::Test {
protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("retort-" + std::to_string(getpid()));
    fs::create_directories(folder);
    fs::copy_file(RETORT_COUNTING_MODEL, library(), fs::copy_options::overwrite_existing);
    writeWeights(4096 + 12, 4096 + 12);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string library() const { return folder / "model.so"; }
  void writeWeights(uint64_t stated, size_t actual) const {
    std::string bytes(4096, '\0');
    bytes.replace(0, 8, "RETORTW1");
    std::memcpy(&bytes[8], &stated, 8);
    const float weight[] = {10, 20, 30};
    bytes.append(reinterpret_cast<const char *>(weight), sizeof(weight));
    std::ofstream(folder / "model.weights", std::ios::binary) << bytes.substr(0, actual);
  }
  std::string loadError() const {
    auto model = Model::load(library());
    return model ? "" : model.error();
  }
  static Tensor matrix(int64_t rows, float value) {
    Tensor tensor = Tensor::allocate(ElementType::F32, {rows, 3});
    std::fill_n(tensor.as<float>(), tensor.count(), value);
    return tensor;
  }
  std::string callError(const std::vector<Tensor> &inputs) const {
    auto model = Model::load(library());
    auto outputs = (*model)->function("main")->call(inputs);
    return outputs ? "" : outputs.error();
  }

  fs::path folder;
};
} // namespace

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
            "input 'y': expected f32 of shape ?x3, found f32 of shape 2x4");
  EXPECT_EQ(callError({Tensor::allocate(ElementType::I64, {3}), matrix(2, 1)}),
            "input 'x': expected f32 of shape ?x3, found i64 of shape 3");
}

TEST_F(RuntimeModel, ReportsErrorsOfTheCode) {
  EXPECT_EQ(callError({matrix(2, -1), matrix(2, 1)}), "the first element is negative");
  EXPECT_EQ(callError({matrix(2, 1), matrix(2, 1)}), "");
}

TEST_F(RuntimeModel, RefusesBrokenFiles) {
  writeWeights(5000, 4108);
  EXPECT_NE(loadError().find("model.weights' is cut off: expected 5000 bytes, found 4108"),
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

TEST_F(RuntimeModel, ServesC) {
  EXPECT_EQ(retort_model_load("/no/such.so"), nullptr);
  EXPECT_NE(std::string(retort_last_error()).find("/no/such.so"), std::string::npos);
  retort_model *model = retort_model_load(library().c_str());
  ASSERT_TRUE(model);
  EXPECT_EQ(retort_model_context(model), 512);
  EXPECT_EQ(retort_model_bos(model), 1);
  EXPECT_TRUE(retort_model_is_eos(model, 2));
  EXPECT_EQ(retort_input_count(model, "main"), 2);
  EXPECT_STREQ(retort_input_name(model, "main", 1), "y");
  EXPECT_EQ(retort_input_count(model, "none"), -1);
  Tensor x = matrix(2, 1);
  retort_tensor input{1, 2, x.shape().data(), x.data()}, inputs[] = {input, input};
  retort_results *results = retort_call(model, "main", inputs, 2);
  ASSERT_TRUE(results);
  EXPECT_EQ(static_cast<float *>(retort_result(results, 0).data)[1], 22);
  retort_results_free(results);
  EXPECT_EQ(retort_call(model, "main", inputs, 1), nullptr);

  retort_session *session = retort_session_start(model);
  const int64_t tokens[] = {3, 3};
  const float *logits;
  int64_t vocabulary;
  ASSERT_EQ(retort_session_step(session, tokens, 2, &logits, &vocabulary), 0);
  EXPECT_EQ(vocabulary, 4);
  EXPECT_EQ(logits[4 + 2], 1);
  EXPECT_EQ(retort_session_position(session), 2);
  retort_session_free(session);
  retort_model_free(model);
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
      "expected 1 weights, found 0");
}

TEST(RuntimeCpuFeatures, NamesWhatIsMissing) {
  EXPECT_TRUE(missingCpuFeatures({"+sse3", "+no-such-feature", "-xop"}).empty());
}
