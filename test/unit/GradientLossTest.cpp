// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Losses against their definitions, and their gradients against central differences.
#include "lib/Differentiate/HiddenLoss.h"
#include "lib/Differentiate/Loss.h"
#include "lib/Run/InProcess.h"
#include "test/unit/GradientFixture.h"

using namespace mlir;
using namespace retort;

namespace {
constexpr int64_t rows = 4, ids = 6;
constexpr int64_t next[rows] = {5, 0, 5, 2};
constexpr double weights[rows] = {.5, .25, 1, 0};

struct Loss : GradientTest {
  /// Of logits z, of the teacher's logits where there are such.
  Value addLoss() override {
    auto function = module->lookupSymbol<func::FuncOp>("main");
    OpBuilder builder(function.getBody().front().getTerminator());
    OnnxBuilder build(builder, function.getLoc());
    Value tokens = build.reshape(build.integers({2, 5, 0, 5}), {1, rows});
    auto type = RankedTensorType::get({rows}, builder.getF64Type());
    Value factors =
        makeConstantOp(builder, function.getLoc(),
                       cast<ElementsAttr>(DenseElementsAttr::get(type, ArrayRef<double>(weights))));
    return buildLoss(build, options, function.getArgument(0),
                     options.readsTeacher() ? function.getArgument(1) : Value(), tokens, factors);
  }

  void expect(LossOptions given) {
    options = std::move(given);
    ASSERT_FALSE(bool(options.check()));
    const char *logits = options.readsTeacher() ? "z:4x6 t:4x6" : "z:4x6";
    GradientForm form{"onnx.Identity(%z)", logits};
    check(form);
    EXPECT_NEAR(lossFound, reference(), 1e-12);
  }

  std::vector<double> logSoftmax(const runtime::Tensor &z, int64_t row, double temperature) {
    std::vector<double> result;
    double sum = 0;
    for (int64_t i = 0; i < ids; ++i)
      sum += std::exp(z.at(row * ids + i) / temperature);
    for (int64_t i = 0; i < ids; ++i)
      result.push_back(z.at(row * ids + i) / temperature - std::log(sum));
    return result;
  }

  double divergence(const std::vector<double> &logP, const std::vector<double> &logU) {
    auto kl = [](const std::vector<double> &a, const std::vector<double> &b) {
      double sum = 0;
      for (size_t i = 0; i < a.size(); ++i)
        sum += std::exp(a[i]) * (a[i] - b[i]);
      return sum;
    };
    double b = options.beta;
    std::vector<double> logM;
    for (int64_t i = 0; i < ids; ++i)
      logM.push_back(std::log(b * std::exp(logU[i]) + (1 - b) * std::exp(logP[i])));
    if (options.topK > 0) {
      // The others are one class.
      std::vector<std::pair<double, double>> sorted;
      for (int64_t i = 0; i < ids; ++i)
        sorted.push_back({-logU[i], logP[i]});
      std::sort(sorted.begin(), sorted.end());
      double restU = 1, restP = 1, sum = 0;
      for (int64_t i = 0; i < options.topK; ++i) {
        double u = std::exp(-sorted[i].first);
        sum += u * (-sorted[i].first - sorted[i].second);
        restU -= u;
        restP -= std::exp(sorted[i].second);
      }
      return sum + restU * std::log(restU / restP);
    }
    if (options.kind == "forward-kl")
      return kl(logU, logP);
    if (options.kind == "reverse-kl")
      return kl(logP, logU);
    if (options.kind == "skew-kl")
      return kl(logU, logM);
    return b * kl(logU, logM) + (1 - b) * kl(logP, logM);
  }

  double reference() {
    double t = options.temperature, mix = options.readsTeacher() ? options.mix : 0, sum = 0;
    for (int64_t row = 0; row < rows; ++row) {
      double loss = 0;
      if (mix > 0)
        loss += mix * t * t *
                divergence(logSoftmax(arguments[0].values, row, t),
                           logSoftmax(arguments[1].values, row, t));
      if (mix < 1)
        loss -= (1 - mix) * logSoftmax(arguments[0].values, row, 1)[next[row]];
      sum += weights[row] * loss;
    }
    return sum;
  }

  LossOptions options;
};

/// Of hidden states of 4 rows.
struct StateLoss : GradientTest {
  Value addLoss() override {
    auto function = module->lookupSymbol<func::FuncOp>("main");
    OpBuilder builder(function.getBody().front().getTerminator());
    OnnxBuilder build(builder, function.getLoc());
    auto type = RankedTensorType::get({rows}, builder.getF64Type());
    Value factors =
        makeConstantOp(builder, function.getLoc(),
                       cast<ElementsAttr>(DenseElementsAttr::get(type, ArrayRef<double>(weights))));
    HeldState state{function.getArgument(0), function.getArgument(1), {}};
    if (function.getNumArguments() > 2)
      state.map = function.getArgument(2);
    return lossOfState(build, state, factors);
  }

  double reference() {
    auto at = [&](size_t argument, int64_t row, int64_t column) {
      runtime::Tensor &values = arguments[argument].values;
      return values.at(row * values.shape().back() + column);
    };
    int64_t width = arguments[0].values.shape().back(), other = arguments[1].values.shape().back();
    double sum = 0;
    for (int64_t row = 0; row < rows; ++row) {
      double error = 0, size = 0;
      for (int64_t k = 0; k < other; ++k) {
        double own = arguments.size() > 2 ? 0 : at(0, row, k), teacher = at(1, row, k);
        for (int64_t i = 0; arguments.size() > 2 && i < width; ++i)
          own += at(0, row, i) * at(2, i, k);
        error += (own - teacher) * (own - teacher);
        size += teacher * teacher;
      }
      sum += weights[row] * error / size;
    }
    return sum;
  }
};
} // namespace

TEST_F(Loss, CrossEntropy) { expect({}); }
TEST_F(Loss, ForwardDivergence) { expect({"forward-kl"}); }
TEST_F(Loss, ForwardDivergenceOfWarmLogits) { expect({"forward-kl", 2}); }
TEST_F(Loss, ForwardDivergenceOfTheMostProbable) { expect({"forward-kl", 1, .5, 1, 2}); }
TEST_F(Loss, ForwardDivergenceOfTheMostProbableWarm) { expect({"forward-kl", 2, .5, 1, 3}); }
TEST_F(Loss, ReverseDivergence) { expect({"reverse-kl", 1.5}); }
TEST_F(Loss, JensenShannonDivergence) { expect({"jsd", 1, .25}); }
TEST_F(Loss, SkewedDivergence) { expect({"skew-kl", 2, .25}); }
TEST_F(Loss, Mixture) { expect({"reverse-kl", 2, .5, .75}); }

TEST_F(StateLoss, OfEqualWidths) {
  check({"onnx.Identity(%h)", "h:1x4x3 t:4x3"});
  EXPECT_NEAR(lossFound, reference(), 1e-10);
}
TEST_F(StateLoss, BehindAMap) {
  check({"onnx.Identity(%h)", "h:1x4x3 t:4x5 m:3x5"});
  EXPECT_NEAR(lossFound, reference(), 1e-10);
}
