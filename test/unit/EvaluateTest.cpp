// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The reference evaluator: results of operations from text, cones of values, and the rules of its
// tensors.
#include "dialects/Onnx/Evaluate/Cone.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort::onnx;

namespace {

class Evaluate : public testing::Test {
protected:
  Evaluate() { context.loadDialect<func::FuncDialect, OnnxDialect>(); }

  /// The value that the function in `body` returns, from constants.
  Tensor result(const std::string &body) {
    module = parseSourceString<ModuleOp>(body, &context);
    EXPECT_TRUE(module);
    auto function = *module->getOps<func::FuncOp>().begin();
    std::string reason;
    FailureOr<Tensor> tensor =
        evaluateCone(function.getBody().front().getTerminator()->getOperand(0),
                     DenseMap<Value, Tensor>(), Cone::Shapes(), &reason);
    why = reason;
    return succeeded(tensor) ? *tensor : Tensor();
  }
  /// One operation on the constants `x` and `y`.
  Tensor binary(const std::string &op, const std::string &x, const std::string &xType,
                const std::string &y, const std::string &yType, const std::string &element,
                const std::string &attributes = "") {
    return result("func.func @f() -> tensor<*x" + element +
                  "> { %x = onnx.Constant() {value = dense<" + x + "> : " + xType + "} : () -> " +
                  xType + "  %y = onnx.Constant() {value = dense<" + y + "> : " + yType +
                  "} : () -> " + yType + "  %z = onnx." + op + "(%x, %y) " + attributes + " : (" +
                  xType + ", " + yType + ") -> tensor<*x" + element + ">  return %z : tensor<*x" +
                  element + "> }");
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string why;
};

TEST_F(Evaluate, RoundsAfterEachOperation) {
  Tensor sum = binary("Add", "16777216.0", "tensor<f32>", "1.0", "tensor<f32>", "f32");
  EXPECT_EQ(sum.number(0), 16777216.0);
  Tensor third = binary("Div", "1.0", "tensor<f32>", "3.0", "tensor<f32>", "f32");
  EXPECT_EQ(third.number(0), double(1.0f / 3.0f));
}

TEST_F(Evaluate, DividesIntegersTowardZero) {
  EXPECT_EQ(binary("Div", "[7, -7]", "tensor<2xi64>", "2", "tensor<i64>", "i64").integers(),
            (SmallVector<int64_t>{3, -3}));
  EXPECT_EQ(binary("Mod", "[7, -7]", "tensor<2xi64>", "3", "tensor<i64>", "i64").integers(),
            (SmallVector<int64_t>{1, 2}));
  EXPECT_EQ(binary("Mod", "[7, -7]", "tensor<2xi64>", "3", "tensor<i64>", "i64", "{fmod = 1 : i64}")
                .integers(),
            (SmallVector<int64_t>{1, -1}));
}

TEST_F(Evaluate, RefusesADivisionByZero) {
  EXPECT_FALSE(binary("Div", "1", "tensor<i64>", "0", "tensor<i64>", "i64"));
  EXPECT_EQ(why, "cannot evaluate onnx.Div");
}

TEST_F(Evaluate, Broadcasts) {
  Tensor z =
      binary("Mul", "[[1.0], [2.0]]", "tensor<2x1xf32>", "[3.0, 4.0]", "tensor<2xf32>", "f32");
  EXPECT_EQ(z.shape(), ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(z.numbers(), (std::vector<double>{3, 4, 6, 8}));
}

TEST_F(Evaluate, MultipliesMatrices) {
  Tensor z = binary("MatMul", "[[1.0, 2.0]]", "tensor<1x2xf32>", "[[3.0], [4.0]]",
                    "tensor<2x1xf32>", "f32");
  EXPECT_EQ(z.numbers(), (std::vector<double>{11}));
}

TEST_F(Evaluate, RefusesWhatIsTooLarge) {
  SizeLimit limit(1024);
  EXPECT_FALSE(Tensor::zeros(Float32Type::get(&context), {257}));
  EXPECT_TRUE(Tensor::zeros(Float32Type::get(&context), {256}));
  EXPECT_FALSE(Tensor::zeros(Float32Type::get(&context), {int64_t(1) << 40, int64_t(1) << 40}));
  EXPECT_FALSE(Tensor::zeros(Float32Type::get(&context), {-1}));
}

TEST_F(Evaluate, CastsAsX86Converts) {
  Tensor x = Tensor::floats(Float32Type::get(&context), {5}, {300.7, -300.7, NAN, -1.9, 3e9});
  auto integer = [&](unsigned width, bool isUnsigned) {
    return x
        .cast(IntegerType::get(&context, width,
                               isUnsigned ? IntegerType::Unsigned : IntegerType::Signless))
        .integers();
  };
  int64_t least = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(integer(8, false), (SmallVector<int64_t>{44, -44, 0, -1, 0}));
  EXPECT_EQ(integer(8, true), (SmallVector<int64_t>{44, 212, 0, 255, 0}));
  EXPECT_EQ(integer(32, false), (SmallVector<int64_t>{300, -300, least, -1, least}));
  EXPECT_EQ(integer(64, false).back(), 3000000000);
  Tensor wide = Tensor::ints(&context, {300, -1});
  EXPECT_EQ(wide.cast(IntegerType::get(&context, 8)).integers(), (SmallVector<int64_t>{44, -1}));
}

TEST_F(Evaluate, ComesBackFromAnAttribute) {
  for (Type type : {Type(Float16Type::get(&context)), Type(BFloat16Type::get(&context)),
                    Type(IntegerType::get(&context, 4)), Type(IntegerType::get(&context, 1))}) {
    Tensor x = Tensor::ints(&context, {1, 0, 1, 1, 0}).cast(type);
    EXPECT_EQ(Tensor::of(x.attribute("x")).numbers(), (std::vector<double>{1, 0, 1, 1, 0}));
  }
}

TEST_F(Evaluate, CopiesWhenItWrites) {
  Tensor x = Tensor::ints(&context, {1, 2});
  Tensor y = x;
  y.writable()[0].i = 5;
  EXPECT_EQ(x.integer(0), 1);
  EXPECT_EQ(y.integer(0), 5);
}

TEST_F(Evaluate, CutsConesWhereTensorsAreGiven) {
  module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<?x?xi64>, %hot: tensor<?x8xf32>) -> tensor<*xi64> {
      %n = onnx.Shape(%hot) : (tensor<?x8xf32>) -> tensor<2xi64>
      %y = onnx.Add(%x, %n) : (tensor<?x?xi64>, tensor<2xi64>) -> tensor<*xi64>
      return %y : tensor<*xi64>
    })",
                                       &context);
  auto function = *module->getOps<func::FuncOp>().begin();
  Cone cone;
  Value root = function.getBody().front().getTerminator()->getOperand(0);
  EXPECT_TRUE(failed(cone.evaluate(root)));
  EXPECT_EQ(cone.reason(), "an input is not given");
  cone.bind(function.getArgument(0), Tensor::ints(&context, {10, 20}).reshaped({1, 2}));
  cone.bindShape(function.getArgument(1), {5, 8});
  FailureOr<Tensor> y = cone.evaluate(root);
  ASSERT_TRUE(succeeded(y));
  EXPECT_EQ(y->integers(), (SmallVector<int64_t>{15, 28}));
}

} // namespace
