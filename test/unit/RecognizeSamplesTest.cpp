// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Roles of inputs, hot values, and sizes that fit together.
#include "dialects/Onnx/Onnx.h"
#include "lib/Analysis/Samples.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
struct Model {
  explicit Model(llvm::StringRef text) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    module = parseSourceString<ModuleOp>(text, &context);
    function = *module->getOps<func::FuncOp>().begin();
  }
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

/// Two equal sizes under two names each (past + tokens is "total"), as exporters write them.
constexpr llvm::StringLiteral withPast = R"mlir(
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "a", onnx.dims = ["b", "t"]},
                %mask: tensor<?x?xi64> {onnx.name = "b", onnx.dims = ["b2", "total"]},
                %places: tensor<?x?xi64> {onnx.name = "c", onnx.dims = ["b3", "t3"]},
                %past: tensor<?x2x?x4xf32> {onnx.name = "d", onnx.dims = ["b4", "", "p", ""]})
    -> (tensor<*xf32>, tensor<*xf32>) {
  %table = onnx.initializer "table" dense<0.0> : tensor<96x8xf32>
  %angles = onnx.initializer "angles" dense<0.0> : tensor<64x8xf32>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %split = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %words = onnx.Gather(%table, %ids) : (tensor<96x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %rows = onnx.Gather(%angles, %places) : (tensor<64x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %x = onnx.Add(%words, %rows) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<*xf32>
  %heads = onnx.Reshape(%x, %split) : (tensor<*xf32>, tensor<4xi64>) -> tensor<*xf32>
  %q = onnx.Transpose(%heads) {perm = array<i64: 0, 2, 1, 3>} : (tensor<*xf32>) -> tensor<*xf32>
  %k = onnx.Concat(%past, %q) {axis = 2 : i64} : (tensor<?x2x?x4xf32>, tensor<*xf32>) -> tensor<*xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<*xf32>) -> tensor<*xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %float = onnx.Cast(%mask) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %bias = onnx.Unsqueeze(%float, %axes) : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<*xf32>
  %masked = onnx.Add(%scores, %bias) : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  return %masked, %bias : tensor<*xf32>, tensor<*xf32>
}
)mlir";
} // namespace

TEST(RecognizeSamples, RolesFollowFromUses) {
  Model model(withPast);
  Samples samples(model.function);
  EXPECT_EQ(llvm::ArrayRef<InputRole>(samples.hot().roles()),
            llvm::ArrayRef<InputRole>(
                {InputRole::Tokens, InputRole::Mask, InputRole::Positions, InputRole::State}));
}

TEST(RecognizeSamples, MasksAreColdAndScoresAreHot) {
  Model model(withPast);
  Samples samples(model.function);
  Operation *end = model.function.getBody().front().getTerminator();
  EXPECT_TRUE(samples.hot().isHot(end->getOperand(0)));
  EXPECT_FALSE(samples.hot().isHot(end->getOperand(1)));
  EXPECT_EQ(samples.hot().sources(end->getOperand(1)).find_first(), 1);
}

TEST(RecognizeSamples, SizesThatOperationsExpectToBeEqualAre) {
  Model model(withPast);
  Samples samples(model.function);
  Sample sample;
  sample.batch = 2, sample.tokens = 5, sample.past = 3;
  auto shape = [&](unsigned i) { return *samples.shape(model.function.getArgument(i), sample); };
  using Shape = llvm::SmallVector<int64_t>;
  EXPECT_EQ(shape(0), (Shape{2, 5}));
  EXPECT_EQ(shape(1), (Shape{2, 8}));
  EXPECT_EQ(shape(2), (Shape{2, 5}));
  EXPECT_EQ(shape(3), (Shape{2, 2, 3, 4}));
}

TEST(RecognizeSamples, MasksAreEvaluated) {
  Model model(withPast);
  Samples samples(model.function);
  Sample sample;
  sample.tokens = 3, sample.past = 1, sample.padding = Padding::Left;
  Value bias = model.function.getBody().front().getTerminator()->getOperand(1);
  auto tensor = samples.evaluate(bias, sample);
  ASSERT_TRUE(succeeded(tensor));
  EXPECT_EQ(tensor->numbers(), (std::vector<double>{1, 1, 1, 1, 0, 0, 1, 1}));
}
