// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Real exports of language models: the slope of the loss along a random direction of all that a
// model has learned. Skipped without RETORT_TEST_DATA.
#include "lib/Pipeline/Compiler.h"
#include "lib/Run/InProcess.h"
#include "test/unit/ModelGradientFixture.h"
#include "test/unit/RandomNumbers.h"

#include <cmath>
#include <cstdlib>

using namespace retort;

namespace {
struct Export {
  const char *path;
  const char *refusal = ""; ///< part of it
  double step = 1e-3;       ///< of the root mean square of each tensor
  int64_t context = 16;
};

std::ostream &operator<<(std::ostream &out, const Export &model) { return out << model.path; }

class Slope : public testing::TestWithParam<Export> {};
} // namespace

/// Steps of 1e-3 of the root mean square of each tensor; of 1e-4 where the loss bends (RWKV's
/// decays, 12 layers, off by 1.4e-2 at 3e-4). Each goes up: slopes that cancel would leave what the
/// rounding of the loss hides. Kinks of ReLU (opt) leave an error that falls with the step.
TEST_P(Slope, IsWhatTheGradientSays) {
  const char *data = std::getenv("RETORT_TEST_DATA");
  if (!data)
    GTEST_SKIP() << "RETORT_TEST_DATA names no folder of models";
  Export form = GetParam();
  ModelGradient model;
  std::string why = model.open(std::string(data) + "/" + form.path, form.context);
  if (*form.refusal) {
    EXPECT_NE(why.find(form.refusal), std::string::npos) << why;
    return;
  }
  ASSERT_EQ(why, "");
  std::mt19937 engine(1);
  for (int64_t i = 0; i < form.context; ++i)
    model.tokens.as<int64_t>()[i] = int64_t(engine() % uint64_t(model.ids));
  std::vector<runtime::Tensor> found = model.call();
  double analytic = 0;
  std::vector<std::vector<double>> kept, directions;
  for (size_t p = 0; p < model.values.size(); ++p) {
    runtime::Tensor &value = model.values[p];
    std::vector<float> direction = normals(size_t(value.count()), unsigned(p + 1));
    double squares = 0;
    kept.emplace_back();
    for (int64_t i = 0; i < value.count(); ++i) {
      kept.back().push_back(value.at(i));
      squares += value.at(i) * value.at(i);
    }
    double rms = std::sqrt(squares / double(value.count()));
    directions.emplace_back();
    double slope = 0;
    for (int64_t i = 0; i < value.count(); ++i) {
      directions.back().push_back(direction[i] * rms);
      slope += directions.back()[i] * found[1 + p].at(i);
    }
    if (slope < 0)
      for (double &part : directions.back())
        part = -part;
    analytic += std::abs(slope);
  }
  auto lossAt = [&](double step) {
    for (size_t p = 0; p < model.values.size(); ++p)
      for (int64_t i = 0; i < model.values[p].count(); ++i)
        runtime::store(model.values[p].type(), model.values[p].data(), i,
                       kept[p][i] + step * directions[p][i]);
    return model.call()[0].at(0);
  };
  double numeric = (lossAt(form.step) - lossAt(-form.step)) / (2 * form.step);
  RecordProperty("slope", std::to_string(analytic));
  std::printf("%s: loss %.4f, slope %.5f, by differences %.5f, off by %.1e, of %zu tensors\n",
              form.path, found[0].at(0), analytic, numeric,
              std::abs(analytic - numeric) / std::abs(numeric), model.values.size());
  double rounding = std::ldexp(found[0].at(0), -24) / form.step; // of the two losses, in f32
  EXPECT_LE(std::abs(analytic - numeric), 1e-2 * std::abs(numeric) + rounding);
}

/// Of an encoder, and of recurrent states.
static const char noRole[] = "has no role in a model that continues a text";

static const Export exports[] = {
    {"example-model/stories.onnx"},
    {"onnx-exports/bloom_dynamo18/model.onnx"},
    {"onnx-exports/cohere_dynamo18/model.onnx"},
    {"onnx-exports/deepseek_v3_dynamo18/model.onnx"},
    {"onnx-exports/gemma2_torchscript17/model.onnx"},
    {"onnx-exports/gemma3_dynamo18/model.onnx"},
    {"onnx-exports/genai_llama_fp32/model.onnx"},
    {"onnx-exports/genai_llama_int4/model.onnx"},
    {"onnx-exports/genai_llama_int4_zero_points/model.onnx"},
    {"onnx-exports/genai_stories260k_fp32/model.onnx"},
    {"onnx-exports/genai_stories260k_int4/model.onnx"},
    {"onnx-exports/genai_stories260k_int4_zero_points/model.onnx"},
    {"onnx-exports/gpt2_dynamo18/model.onnx"},
    {"onnx-exports/gpt2_torchscript17/model.onnx"},
    {"onnx-exports/gpt_neox_dynamo18/model.onnx"},
    {"onnx-exports/gpt_neox_torchscript17/model.onnx"},
    {"onnx-exports/gptj_dynamo18/model.onnx"},
    {"onnx-exports/llama_dynamic_torchscript17/model.onnx"},
    {"onnx-exports/llama_linear_dynamo23/model.onnx"},
    {"onnx-exports/llama_yarn_dynamo18/model.onnx"},
    {"onnx-exports/llama_yarn_torchscript17/model.onnx"},
    {"onnx-exports/mamba2_dynamo18/model.onnx"},
    {"onnx-exports/mistral_dynamo18/model.onnx"},
    {"onnx-exports/mixtral_dynamo18/model.onnx"},
    {"onnx-exports/opt_dynamo18/model.onnx"},
    {"onnx-exports/phi_dynamo18/model.onnx"},
    {"onnx-exports/qwen2_dynamo18/model.onnx"},
    {"onnx-exports/qwen3_dynamo18/model.onnx"},
    {"onnx-exports/stories260k_dynamo18/model.onnx"},
    {"onnx-exports/stories260k_dynamo18_mask_external/model.onnx"},
    {"onnx-exports/stories260k_dynamo18_past/model.onnx"},
    {"onnx-exports/stories260k_dynamo23_past/model.onnx"},
    {"onnx-exports/stories260k_dynamo25/model.onnx"},
    {"onnx-exports/stories260k_optimum_past/model.onnx"},
    {"onnx-exports/stories260k_torchscript17/model.onnx"},
    {"onnx-exports/t5_dynamo18/model.onnx", noRole},
    {"onnx-exports/transformers_llama_past_fused/model.onnx"},
    {"onnx-random-weights/tiny_random_llama_fp16/model.onnx"},
    {"onnx-random-weights/tiny_qwen35_fp16_decoder/model.onnx", "", 1e-2},
    {"onnx-random-weights/tiny_random_gpt2_fp32_past/model.onnx"},
    {"onnx-random-weights/static_scatter_bias_decoder_opset24/model.onnx"},
    {"recurrent/hyena_conv_torchscript/model.onnx"},
    {"recurrent/hyena_fft_dynamo/model.onnx"},
    {"recurrent/mamba1_scan/model.onnx"},
    {"recurrent/retnet_parallel_torchscript/model.onnx"},
    {"recurrent/retnet_scaled_dynamo/model.onnx"},
    {"recurrent/rwkv4_scan/model.onnx", "'onnx.Scan' op lies between what is trained and the loss"},
    {"recurrent/rwkv52_parallel/model.onnx", "", 1e-4},
    {"recurrent/rwkv52_scan/model.onnx", "", 1e-4},
    {"recurrent/rwkv6_scan/model.onnx", "", 1e-4},
    {"recurrent/rwkv7_scan/model.onnx", "'onnx.Scan' op lies between what is trained and the loss"},
};
INSTANTIATE_TEST_SUITE_P(Exports, Slope, testing::ValuesIn(exports));
