// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interface for C: what it serves, and what it refuses.
#include "retort/Runtime.h"
#include "test/unit/runtime/RuntimeModelFixture.h"

using namespace retort::runtime;

namespace {
/// A loaded model.
class RuntimeCapi : public RuntimeModel {
protected:
  void SetUp() override {
    RuntimeModel::SetUp();
    model = retort_model_load(library().c_str());
    ASSERT_TRUE(model) << retort_last_error();
  }
  void TearDown() override {
    retort_model_free(model);
    RuntimeModel::TearDown();
  }

  /// Calls main with `input` twice; the error, or nothing.
  std::string callError(retort_tensor input) const {
    retort_tensor inputs[] = {input, input};
    retort_results *results = retort_call(model, "main", inputs, 2);
    std::string error = results ? "" : retort_last_error();
    retort_results_free(results);
    return error;
  }
  std::string shapeError(std::vector<int64_t> shape) {
    return callError({1, int64_t(shape.size()), shape.data(), numbers});
  }
  static std::string lastError() { return retort_last_error(); }

  retort_model *model = nullptr;
  float numbers[6] = {1, 1, 1, 1, 1, 1};
};
} // namespace

TEST_F(RuntimeCapi, ServesModels) {
  EXPECT_EQ(retort_model_load("/no/such.so"), nullptr);
  EXPECT_NE(std::string(retort_last_error()).find("/no/such.so"), std::string::npos);
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
  EXPECT_EQ(retort_call(model, "none", inputs, 2), nullptr);
  EXPECT_EQ(lastError(), "the model has no function 'none'");
}

TEST_F(RuntimeCapi, ServesSessions) {
  retort_session *session = retort_session_start(model);
  const int64_t tokens[] = {3, 3};
  const float *logits;
  int64_t vocabulary;
  ASSERT_EQ(retort_session_step(session, tokens, 2, &logits, &vocabulary), 0);
  EXPECT_EQ(vocabulary, 4);
  EXPECT_EQ(logits[4 + 2], 1);
  EXPECT_EQ(retort_session_position(session), 2);
  retort_session_free(session);
}

TEST_F(RuntimeCapi, RefusesShapesThatNoTensorHas) {
  EXPECT_EQ(shapeError({2, 3}), "");
  EXPECT_EQ(shapeError({0, 3}), "");
  EXPECT_EQ(shapeError({-1, 3}), "input 0: expects sizes of at least 0 (found -1 for axis 0)");
  EXPECT_EQ(shapeError({int64_t(1) << 62, 3}),
            "input 0: shape 4611686018427387904x3 has more elements than any memory holds");
  int64_t size = 2;
  EXPECT_EQ(callError({1, -1, &size, numbers}), "input 0: expects a rank from 0 to 64 (found -1)");
  EXPECT_EQ(callError({1, int64_t(1) << 40, &size, numbers}),
            "input 0: expects a rank from 0 to 64 (found 1099511627776)");
  EXPECT_EQ(callError({99, 1, &size, numbers}), "input 0: element type 99 is not a number type");
  EXPECT_EQ(callError({-1, 1, &size, numbers}), "input 0: element type -1 is not a number type");
}

TEST_F(RuntimeCapi, RefusesNull) {
  const int64_t shape[] = {2, 3}, empty[] = {0, 3};
  EXPECT_EQ(callError({1, 2, nullptr, numbers}),
            "input 0: expects a pointer for 'shape' (found NULL)");
  EXPECT_EQ(callError({1, 2, shape, nullptr}),
            "input 0: expects a pointer for 'data' (found NULL)");
  EXPECT_EQ(callError({1, 2, empty, nullptr}), "");
  EXPECT_EQ(retort_call(model, "main", nullptr, 2), nullptr);
  EXPECT_EQ(lastError(), "input 0: expects a pointer for 'inputs' (found NULL)");
  EXPECT_EQ(retort_call(model, nullptr, nullptr, 0), nullptr);
  EXPECT_EQ(lastError(), "expects a pointer for 'function' (found NULL)");
  EXPECT_EQ(retort_call(nullptr, "main", nullptr, 0), nullptr);
  EXPECT_EQ(lastError(), "expects a pointer for 'model' (found NULL)");
  EXPECT_EQ(retort_model_load(nullptr), nullptr);
  EXPECT_EQ(lastError(), "expects a pointer for 'path' (found NULL)");
  EXPECT_EQ(retort_model_context(nullptr), 0);
  EXPECT_EQ(retort_model_vocabulary(nullptr), 0);
  EXPECT_EQ(retort_model_bos(nullptr), -1);
  EXPECT_EQ(retort_model_is_eos(nullptr, 2), 0);
  EXPECT_EQ(retort_input_count(nullptr, "main"), -1);
  EXPECT_EQ(retort_output_name(model, nullptr, 0), nullptr);
  EXPECT_EQ(retort_session_start(nullptr), nullptr);
  EXPECT_EQ(retort_session_position(nullptr), -1);
  EXPECT_EQ(retort_result(nullptr, 0).type, 0);
  retort_session_reset(nullptr);
  EXPECT_EQ(lastError(), "expects a pointer for 'session' (found NULL)");
  retort_session_free(nullptr);
  retort_results_free(nullptr);
  retort_model_free(nullptr);
}

TEST_F(RuntimeCapi, RefusesIndicesOutOfRange) {
  EXPECT_EQ(retort_input_name(model, "main", 2), nullptr);
  EXPECT_EQ(lastError(), "expects an index below 2 (found 2)");
  EXPECT_EQ(retort_output_name(model, "main", -1), nullptr);
  const int64_t shape[] = {2, 3};
  retort_tensor inputs[] = {{1, 2, shape, numbers}, {1, 2, shape, numbers}};
  retort_results *results = retort_call(model, "main", inputs, 2);
  ASSERT_TRUE(results) << lastError();
  EXPECT_EQ(retort_result(results, 2).data, nullptr);
  EXPECT_EQ(lastError(), "expects an index below 2 (found 2)");
  EXPECT_EQ(retort_result(results, size_t(-1)).rank, 0);
  retort_results_free(results);
  EXPECT_EQ(retort_call(model, "main", inputs, size_t(-1)), nullptr);
  EXPECT_EQ(lastError(), "expects 2 inputs (found 18446744073709551615)");
}

TEST_F(RuntimeCapi, RefusesTokensThatAreNoIds) {
  retort_session *session = retort_session_start(model);
  const float *logits = nullptr;
  int64_t vocabulary = 0;
  auto stepError = [&](std::vector<int64_t> tokens) {
    bool fails =
        retort_session_step(session, tokens.data(), tokens.size(), &logits, &vocabulary) != 0;
    return fails ? lastError() : "";
  };
  EXPECT_EQ(stepError({1, -1}), "token -1 is no id: expects 0 to 3");
  EXPECT_EQ(stepError({4}), "token 4 is no id: expects 0 to 3");
  EXPECT_EQ(stepError({}), "a step needs at least one token");
  EXPECT_EQ(retort_session_position(session), 0);
  EXPECT_EQ(stepError({0, 1, 2, 3, 0, 1, 2}),
            "the context holds 6 tokens: 0 are there, 7 more do not fit");
  const int64_t token = 1;
  EXPECT_NE(retort_session_step(session, nullptr, 1, &logits, &vocabulary), 0);
  EXPECT_NE(retort_session_step(session, &token, size_t(-1), &logits, &vocabulary), 0);
  EXPECT_NE(retort_session_step(session, &token, 1, nullptr, &vocabulary), 0);
  EXPECT_NE(retort_session_step(session, &token, 1, &logits, nullptr), 0);
  EXPECT_NE(retort_session_step(nullptr, &token, 1, &logits, &vocabulary), 0);
  EXPECT_EQ(retort_session_position(session), 0);
  EXPECT_EQ(stepError({1}), "");
  retort_session_free(session);
}

TEST_F(RuntimeCapi, RefusesMoreThreadsThanAnyMachineHas) {
  ASSERT_EQ(retort_set_threads(2), 0);
  EXPECT_NE(retort_set_threads(1025), 0);
  EXPECT_EQ(lastError(), "expects at most 1024 threads (found 1025)");
  EXPECT_NE(retort_set_threads(unsigned(-1)), 0);
  EXPECT_EQ(retort_threads(), 2);
}
