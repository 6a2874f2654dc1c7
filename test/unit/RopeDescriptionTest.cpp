// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary embeddings described from the tables of a graph: computed, looked up, dependent on the
// length.
#include "lib/Analysis/RopeDescription.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {

class DescribeRope : public testing::Test {
protected:
  DescribeRope() { context.loadDialect<func::FuncDialect, onnx::OnnxDialect, llm::LlmDialect>(); }

  /// Describes the one llm.rope of a function of rows %x, tokens %ids and positions %places, whose
  /// tables %cos and %sin come from `body`.
  FailureOr<RopeDescription> describe(const std::string &body, const std::string &tables) {
    module = parseSourceString<ModuleOp>(
        R"(func.func @f(%ids: tensor<?x?xi64> {onnx.name = "input_ids", onnx.dims = ["b", "t"]},
                        %places: tensor<?x?xi64> {onnx.name = "position_ids", onnx.dims = ["b", "t"]}) -> tensor<?x1x?x4xf32> {
          %words = onnx.Constant() {value = dense<1.0> : tensor<9x4xf32>} : () -> tensor<9x4xf32>
          %heads = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
          %last = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
          %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
          %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
          %frequencies = onnx.Constant() {value = dense<[1.0, 0.01]> : tensor<2xf32>} : () -> tensor<2xf32>
          %e = onnx.Gather(%words, %ids) : (tensor<9x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
          %x = onnx.Unsqueeze(%e, %heads) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
          )" +
            body + "\n %y = llm.rope(%x, %cos, %sin" + tables +
            ") -> tensor<?x1x?x4xf32>\n return %y : tensor<?x1x?x4xf32> }",
        &context);
    EXPECT_TRUE(module);
    if (!module)
      return failure();
    auto function = *module->getOps<func::FuncOp>().begin();
    samples = std::make_unique<Samples>(function);
    auto rope = *function.getOps<llm::RopeOp>().begin();
    return describeRope(rope, *samples, refusal);
  }
  /// Tables of the angles `%p * %f`, where %p is b x t x 1.
  static std::string anglesOf(const std::string &frequencies) {
    return "%angles = onnx.Mul(%p, " + frequencies +
           R"() : (tensor<?x?x1xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
          %cos = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
          %sin = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>)";
  }
  static constexpr const char *given = R"(
          %numbers = onnx.Cast(%places) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
          %p = onnx.Unsqueeze(%numbers, %last) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
          )";
  static constexpr const char *eachRow =
      ") : (tensor<?x1x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>";

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Samples> samples;
  Refusal refusal;
};

TEST_F(DescribeRope, FromGivenPositions) {
  auto rope = describe(std::string(given) + anglesOf("%frequencies"), eachRow);
  ASSERT_TRUE(succeeded(rope)) << refusal.reason;
  EXPECT_EQ(rope->width, 4);
  EXPECT_EQ(rope->headSize, 4);
  EXPECT_EQ(rope->amplitude, 1);
  EXPECT_NEAR(rope->frequencies[1], 0.01, 1e-8);
  ASSERT_TRUE(rope->law);
  EXPECT_EQ(rope->law->base, 10000);
  EXPECT_TRUE(rope->rowStable);
  EXPECT_FALSE(rope->limit);
  EXPECT_EQ(rope->positions, (*module->getOps<func::FuncOp>().begin()).getArgument(1));
}

/// Dynamic scaling by the largest position: every short text looks like any other model.
TEST_F(DescribeRope, SeesThatALastPositionMovesAllRows) {
  auto rope = describe(std::string(given) + R"(
          %most = onnx.ReduceMax(%places) {keepdims = 0 : i64} : (tensor<?x?xi64>) -> tensor<i64>
          %trained = onnx.Constant() {value = dense<2048> : tensor<i64>} : () -> tensor<i64>
          %length = onnx.Max(%most, %trained) : (tensor<i64>, tensor<i64>) -> tensor<i64>
          %l = onnx.Cast(%length) {to = 1 : i64} : (tensor<i64>) -> tensor<f32>
          %t = onnx.Cast(%trained) {to = 1 : i64} : (tensor<i64>) -> tensor<f32>
          %factor = onnx.Div(%l, %t) : (tensor<f32>, tensor<f32>) -> tensor<f32>
          %scaled = onnx.Div(%frequencies, %factor) : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
          )" + anglesOf("%scaled"),
                       eachRow);
  ASSERT_TRUE(succeeded(rope)) << refusal.reason;
  EXPECT_FALSE(rope->rowStable);
  EXPECT_NEAR(rope->frequencies[1], 0.01, 1e-6);
}

/// Positions %p that the graph counts itself.
const char *counted = R"(
          %size = onnx.Shape(%ids) {start = 1 : i64, end = 2 : i64} : (tensor<?x?xi64>) -> tensor<1xi64>
          %count = onnx.Squeeze(%size) : (tensor<1xi64>) -> tensor<i64>
          %counted = onnx.Range(%zero, %count, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
          %numbers = onnx.Cast(%counted) {to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
          %axes = onnx.Constant() {value = dense<[0, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
          %p = onnx.Unsqueeze(%numbers, %axes) : (tensor<?xf32>, tensor<2xi64>) -> tensor<1x?x1xf32>)";

/// The same by the number of tokens: no value stands for the positions alone.
TEST_F(DescribeRope, SeesThatTheLengthReachesTheTables) {
  auto rope = describe(std::string(counted) + R"(
          %trained = onnx.Constant() {value = dense<2048> : tensor<i64>} : () -> tensor<i64>
          %length = onnx.Max(%count, %trained) : (tensor<i64>, tensor<i64>) -> tensor<i64>
          %l = onnx.Cast(%length) {to = 1 : i64} : (tensor<i64>) -> tensor<f32>
          %t = onnx.Cast(%trained) {to = 1 : i64} : (tensor<i64>) -> tensor<f32>
          %factor = onnx.Div(%l, %t) : (tensor<f32>, tensor<f32>) -> tensor<f32>
          %scaled = onnx.Div(%frequencies, %factor) : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
          %angles = onnx.Mul(%p, %scaled) : (tensor<1x?x1xf32>, tensor<2xf32>) -> tensor<1x?x2xf32>
          %cos = onnx.Cos(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
          %sin = onnx.Sin(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>)",
                       ") : (tensor<?x1x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>");
  ASSERT_TRUE(succeeded(rope)) << refusal.reason;
  EXPECT_FALSE(rope->rowStable);
}

std::string tableOf(double (*function)(double), double amplitude) {
  std::string text = "dense<[";
  for (int64_t n = 0; n < 40; ++n)
    text += std::string(n ? ", " : "") + "[" + std::to_string(amplitude * function(double(n))) +
            ", " + std::to_string(amplitude * function(double(n) * 0.01)) + "]";
  return text + "]> : tensor<40x2xf32>";
}

TEST_F(DescribeRope, FromATable) {
  auto constant = [](const std::string &name, const std::string &value) {
    return "%" + name + " = onnx.Constant() {value = " + value + "} : () -> tensor<40x2xf32>\n";
  };
  auto rope =
      describe(constant("cos", tableOf(std::cos, 1.25)) + constant("sin", tableOf(std::sin, 1.25)),
               " at %places) {interleaved} : (tensor<?x1x?x4xf32>, tensor<40x2xf32>, "
               "tensor<40x2xf32>, tensor<?x?xi64>");
  ASSERT_TRUE(succeeded(rope)) << refusal.reason;
  EXPECT_TRUE(rope->interleaved);
  EXPECT_EQ(rope->limit, 40);
  EXPECT_NEAR(rope->amplitude, 1.25, 1e-5);
  EXPECT_NEAR(rope->frequencies[1], 0.01, 1e-5);
  EXPECT_EQ(rope->positions, (*module->getOps<func::FuncOp>().begin()).getArgument(1));
}

TEST_F(DescribeRope, FindsThePositions) {
  auto rope = describe(std::string(counted) + R"(
          %angles = onnx.Mul(%p, %frequencies) : (tensor<1x?x1xf32>, tensor<2xf32>) -> tensor<1x?x2xf32>
          %cos = onnx.Cos(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
          %sin = onnx.Sin(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>)",
                       ") : (tensor<?x1x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>");
  ASSERT_TRUE(succeeded(rope)) << refusal.reason;
  ASSERT_TRUE(rope->positions);
  EXPECT_TRUE(rope->positions.getDefiningOp<onnx::RangeOp>());
  onnx::Cone cone = samples->cone(Sample());
  FailureOr<onnx::Tensor> values = cone.evaluate(rope->positions);
  ASSERT_TRUE(succeeded(values)) << cone.reason().str();
  EXPECT_EQ(values->size(), Sample().tokens);
  EXPECT_EQ(values->integer(3), 3);
}

TEST_F(DescribeRope, RefusesTablesOfTheText) {
  auto rope = describe(R"(
          %begin = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
          %cos = onnx.Slice(%e, %begin, %last, %last) : (tensor<?x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x2xf32>
          %sin = onnx.Sin(%cos) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>)",
                       eachRow);
  EXPECT_TRUE(failed(rope));
  EXPECT_EQ(refusal.reason, "its tables depend on the text");
}

TEST_F(DescribeRope, RefusesWhatTurnsByNoFrequency) {
  auto rope = describe(std::string(given) + R"(
          %q = onnx.Mul(%p, %p) : (tensor<?x?x1xf32>, tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
          %angles = onnx.Mul(%q, %frequencies) : (tensor<?x?x1xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
          %cos = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
          %sin = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>)",
                       eachRow);
  EXPECT_TRUE(failed(rope));
  EXPECT_EQ(refusal.reason, "its tables are no cosines and sines of multiples of the positions");
}

} // namespace
