// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reference evaluator on numbers at which sizes and indices go wrong: what it cannot compute it
// refuses, and touches nothing beside its tensors.
#include "dialects/Onnx/Evaluate/Cone.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort::onnx;

namespace {

class EvaluateOdd : public testing::Test {
protected:
  EvaluateOdd() { context.loadDialect<func::FuncDialect, OnnxDialect>(); }

  /// The result of `op` on constants, each as its elements and its type.
  Tensor result(const std::string &op,
                const std::vector<std::pair<std::string, std::string>> &operands,
                const std::string &attributes = "") {
    std::string body = "func.func @f() -> tensor<*xf32> {\n", names, types;
    for (const auto &[elements, type] : operands) {
      std::string name = "%x" + std::to_string(names.size());
      body += name + " = onnx.Constant() {value = dense<" + elements + "> : tensor<" + type +
              ">} : () -> tensor<" + type + ">\n";
      names += (names.empty() ? "" : ", ") + name;
      types += (types.empty() ? "tensor<" : ", tensor<") + type + ">";
    }
    body += "%z = onnx." + op + "(" + names + ") " + attributes + " : (" + types +
            ") -> tensor<*xf32>\nreturn %z : tensor<*xf32> }";
    module = parseSourceString<ModuleOp>(body, &context);
    EXPECT_TRUE(module) << body;
    auto function = *module->getOps<func::FuncOp>().begin();
    FailureOr<Tensor> tensor =
        evaluateCone(function.getBody().front().getTerminator()->getOperand(0),
                     DenseMap<Value, Tensor>(), Cone::Shapes());
    return succeeded(tensor) ? *tensor : Tensor();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

const std::pair<std::string, std::string> matrix{"[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", "2x3xf32"},
    nothing{"", "0xf32"};

TEST_F(EvaluateOdd, CountsElementsWithoutOverflow) {
  EXPECT_EQ(elementsOf({2, 3}), 6);
  EXPECT_EQ(elementsOf({0, 5}), 0);
  EXPECT_EQ(elementsOf({-2, -3}), std::nullopt);
  EXPECT_EQ(elementsOf({int64_t(1) << 62, 4}), std::nullopt);
  EXPECT_EQ(elementsOf({0, int64_t(1) << 62, 4}), std::nullopt);
}

TEST_F(EvaluateOdd, RefusesShapesWhoseProductWraps) {
  EXPECT_FALSE(
      result("Reshape", {nothing, {"[4611686018427387904, 4]", "2xi64"}}, "{allowzero = 1 : i64}"));
  EXPECT_FALSE(result("Reshape", {matrix, {"[-2, -3]", "2xi64"}}));
  EXPECT_FALSE(result("ConstantOfShape", {{"[2305843009213693953, 8]", "2xi64"}}));
  EXPECT_FALSE(result("Tile", {{"[1.0, 2.0]", "2xf32"}, {"4611686018427387905", "1xi64"}}));
  EXPECT_FALSE(result("Pad", {matrix, {"9223372036854775807", "4xi64"}}));
}

TEST_F(EvaluateOdd, RefusesAxesThatComeTwice) {
  EXPECT_FALSE(result("Transpose", {matrix}, "{perm = array<i64: 1, 1>}"));
  EXPECT_FALSE(result("Slice", {matrix, {"1", "2xi64"}, {"2", "2xi64"}, {"[0, -2]", "2xi64"}}));
}

TEST_F(EvaluateOdd, RefusesPartsThatAreNone) {
  EXPECT_FALSE(result("Split", {matrix, {"[-1000, 1003]", "2xi64"}}, "{axis = 1 : i64}"));
}

TEST_F(EvaluateOdd, RefusesUpdatesOfOtherSizes) {
  EXPECT_FALSE(result("ScatterElements", {matrix, {"0", "2x2xi64"}, {"1.0", "1x4xf32"}}));
  EXPECT_FALSE(result("ScatterND", {matrix, {"0", "2x1xi64"}, {"1.0", "3x2xf32"}}));
  EXPECT_FALSE(result("TensorScatter", {{"1.0", "2x3x1xf32"}, {"1.0", "2x2x1xf32"}, {"0", "1xi64"}},
                      "{axis = 1 : i64}"));
  EXPECT_FALSE(result("TensorScatter", {{"", "1x0x1xf32"}, {"1.0", "1x2x1xf32"}},
                      "{axis = 1 : i64, mode = \"circular\"}"));
}

TEST_F(EvaluateOdd, ComparesIntegersExactly) {
  Tensor place =
      result("ArgMax", {{"[9007199254740992, 9007199254740993]", "2xi64"}}, "{keepdims = 0 : i64}");
  ASSERT_TRUE(place);
  EXPECT_EQ(place.integer(0), 1);
  EXPECT_FALSE(result("ArgMax", {nothing}));
}

TEST_F(EvaluateOdd, KeepsDiagonalsFarFromTheMatrix) {
  Tensor none = result("EyeLike", {matrix}, "{k = -9223372036854775808 : i64}");
  ASSERT_TRUE(none);
  EXPECT_EQ(none.numbers(), std::vector<double>(6, 0));
  Tensor zeros = result("Trilu", {matrix, {"9223372036854775807", "i64"}});
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros.numbers(), std::vector<double>(6, 0));
}

TEST_F(EvaluateOdd, AddsExponentialsOfLargeNumbers) {
  Tensor sum = result("ReduceLogSumExp", {{"[1000.0, 1000.0]", "2xf32"}}, "{keepdims = 0 : i64}");
  ASSERT_TRUE(sum);
  EXPECT_NEAR(sum.number(0), 1000.6931, 1e-3);
}

TEST_F(EvaluateOdd, RefusesTheMeanOfNoIntegers) {
  EXPECT_FALSE(result("ReduceMean", {{"", "0xi32"}}));
}

} // namespace
