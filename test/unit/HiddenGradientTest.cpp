// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loss of hidden states as a part of a model's gradient: against central differences, with
// states of another width, and where values are computed again.
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/HiddenStates.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Differentiate/SingleText.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "test/unit/RandomNumbers.h"

#include "dialects/Onnx/ValueNames.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;
using runtime::Tensor;

namespace {
constexpr int64_t width = 4, length = 6;

/// x = e + tanh(e A), z = x + tanh(x A), logits of tanh(z).
const char text[] = R"mlir(
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %a = onnx.initializer "a" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) {onnx.outputs = ["e"]} : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %a) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %2 = onnx.MatMul(%x, %a) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %3 = onnx.Tanh(%2) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %z = onnx.Add(%x, %3) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %n = onnx.Tanh(%z) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%n, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
)mlir";

class HiddenGradient : public testing::Test {
protected:
  HiddenGradient() {
    DialectRegistry registry;
    registerDialects(registry);
    registerGradientRules(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    model = parseSourceString<ModuleOp>(text, &context);
    graph = model->lookupSymbol<func::FuncOp>("main");
  }

  /// With states 0, 1 and 2 of these widths.
  void compile(GradientSpec spec, ArrayRef<int64_t> widths) {
    spec.context = length;
    spec.parameters = learnedConstants(graph);
    for (auto [place, each] : llvm::enumerate(widths))
      spec.hidden.push_back({place, each});
    Refusal refusal;
    auto gradient = deriveGradient(graph, spec, refusal);
    ASSERT_TRUE(succeeded(gradient)) << refusal.reason;
    auto compiled = compileInProcess(std::move(*gradient));
    ASSERT_TRUE(bool(compiled));
    code = std::move(*compiled);
    given = {Tensor::ofIntegers(runtime::ElementType::I64, {1, length}, {1, 3, 0, 2, 2, 4}),
             floats({length}, {.2f, .1f, .3f, .2f, .2f, 0})};
    parameters.clear();
    for (int64_t each : widths) {
      given.push_back(floats({length, each}, normals(size_t(length * each), unsigned(each))));
      if (each != width)
        parameters.push_back(floats({width, each}, normals(size_t(width * each), 9)));
    }
    maps = parameters.size();
    takesUnit = spec.mostBytes >= 0;
    for (Operation *op : spec.parameters) {
      auto view = onnx::ConstantView::of(op->getResult(0));
      ArrayRef<int64_t> shape = view->type().getShape();
      parameters.push_back(floats({shape.begin(), shape.end()}, view->floats(0, view->size())));
    }
  }

  /// Loss, gradients of parameters, of maps; one of both moved.
  std::vector<Tensor> call(size_t moved = 0, float step = 0) {
    std::vector<Tensor> inputs = given, values = parameters;
    std::vector<float> numbers;
    for (int64_t k = 0; k < values[moved].count(); ++k)
      numbers.push_back(float(values[moved].at(k)) + step * directionOf(moved, k));
    values[moved] = floats(values[moved].shape(), numbers);
    auto begin = values.begin() + int64_t(maps);
    inputs.insert(inputs.end(), values.begin(), begin);
    if (takesUnit)
      inputs.push_back(floats({}, {1}));
    inputs.insert(inputs.end(), begin, values.end());
    auto outputs = code->function("main")->call(inputs);
    EXPECT_TRUE(bool(outputs)) << outputs.error();
    return *outputs;
  }

  static float directionOf(size_t parameter, int64_t k) {
    return ((k * 7 + int64_t(parameter)) % 5) > 2 ? 1.f : -.5f;
  }

  static Tensor floats(runtime::Shape shape, std::vector<float> numbers) {
    Tensor tensor = Tensor::allocate(runtime::ElementType::F32, std::move(shape));
    std::copy(numbers.begin(), numbers.end(), tensor.as<float>());
    return tensor;
  }

  /// Arguments are maps, then parameters; results the other way round.
  void checkSlopes(ArrayRef<int64_t> widths) {
    GradientSpec spec;
    spec.hiddenFactor = 3;
    compile(spec, widths);
    std::vector<Tensor> found = call();
    ASSERT_EQ(found.size(), 1 + 3 + maps);
    for (size_t i = 0; i < 3 + maps; ++i) {
      Tensor &gradient = found[1 + (i < maps ? 3 + i : i - maps)];
      double slope = 0;
      for (int64_t k = 0; k < gradient.count(); ++k)
        slope += gradient.at(k) * directionOf(i, k);
      double numeric = (call(i, 5e-3f)[0].at(0) - call(i, -5e-3f)[0].at(0)) / 1e-2;
      EXPECT_NEAR(slope, numeric, 2e-3 * std::max(1.0, std::abs(numeric))) << "of argument " << i;
      EXPECT_GT(std::abs(numeric), 1e-2);
    }
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> model;
  func::FuncOp graph;
  std::unique_ptr<runtime::Model> code;
  std::vector<Tensor> given, parameters; ///< maps first
  size_t maps = 0;
  bool takesUnit = false;
};
} // namespace

TEST_F(HiddenGradient, FindsTheStream) {
  Refusal refusal;
  auto read = readSingleText(graph, length, learnedConstants(graph), refusal);
  ASSERT_TRUE(succeeded(read));
  SmallVector<Value> states = hiddenStates((*read)->lookupSymbol<func::FuncOp>("main"));
  ASSERT_EQ(states.size(), 3u);
  // What was dropped has no partner; of another model, states are as far through it.
  SmallVector<Value> own{states[0], states[2]};
  onnx::setValueName(states[0], "e");
  onnx::setValueName(states[1], "x");
  onnx::setValueName(states[2], "z");
  auto pairs = pairHiddenStates(own, states, /*byName=*/true);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[1].own, 1u);
  EXPECT_EQ(pairs[1].teacher, 2u);
  pairs = pairHiddenStates({states[0], states[0], states[1]}, own, /*byName=*/false);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].teacher, 0u);
  EXPECT_EQ(pairs[1].teacher, 1u);
  EXPECT_EQ(pairs[2].teacher, 1u);
  EXPECT_TRUE(pairHiddenStates(own, {}, /*byName=*/false).empty());
  EXPECT_TRUE(pairHiddenStates(own, {}, /*byName=*/true).empty());
}

TEST_F(HiddenGradient, IsTheSlope) { checkSlopes({width, width, width}); }
TEST_F(HiddenGradient, IsTheSlopeBehindMaps) { checkSlopes({width, 7, 3}); }

TEST_F(HiddenGradient, IsTheSameWhereValuesAreComputedAgain) {
  GradientSpec spec;
  spec.hiddenFactor = 2;
  compile(spec, {width, 6, width});
  std::vector<Tensor> first = call();
  spec.mostBytes = 0;
  compile(spec, {width, 6, width});
  std::vector<Tensor> second = call();
  ASSERT_EQ(first.size(), second.size());
  for (size_t i = 0; i < first.size(); ++i)
    for (int64_t k = 0; k < first[i].count(); ++k)
      EXPECT_EQ(first[i].at(k), second[i].at(k)) << i << ", " << k;
}

TEST_F(HiddenGradient, AddsToTheLossOfLogits) {
  GradientSpec spec;
  compile(spec, {});
  double without = call()[0].at(0);
  spec.hiddenFactor = 2;
  compile(spec, {width, width, width});
  double with = call()[0].at(0);
  spec.hiddenFactor = 4;
  compile(spec, {width, width, width});
  EXPECT_NEAR(call()[0].at(0) - without, 2 * (with - without), 1e-4);
  EXPECT_GT(with, without + .1);
}
