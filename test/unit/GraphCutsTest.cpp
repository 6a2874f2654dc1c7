// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph is cut where one value is all that goes on, and what keeps others from it can be said.
#include "lib/Analysis/GraphCuts.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "lib/Plugin/RegisterDialects.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
struct Model {
  explicit Model(const std::string &body) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    std::string text =
        "func.func @main(%ids: tensor<1x4xi64> {onnx.name = \"input_ids\", retort.role = "
        "\"tokens\"}) -> tensor<1x4x96xf32> {\n"
        "%table = onnx.initializer \"table\" dense<0.5> : tensor<96x8xf32>\n"
        "%head = onnx.initializer \"head\" dense<0.5> : tensor<8x96xf32>\n"
        "%w = onnx.initializer \"w\" dense<0.5> : tensor<8x8xf32>\n"
        "%e = onnx.Gather(%table, %ids) {onnx.outputs = [\"e\"]} : (tensor<96x8xf32>, "
        "tensor<1x4xi64>) -> tensor<1x4x8xf32>\n" +
        body + "return %logits : tensor<1x4x96xf32>\n}\n";
    module = parseSourceString<ModuleOp>(text, &context);
    function = *module->getOps<func::FuncOp>().begin();
  }
  GraphCuts cuts() { return GraphCuts(function, function.front().getTerminator()->getOperand(0)); }
  Value named(StringRef name) {
    Value found;
    function.walk([&](Operation *op) {
      for (Value result : op->getResults())
        if (onnx::valueName(result) == name)
          found = result;
    });
    return found;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

std::string product(const std::string &result, const std::string &input) {
  return "%" + result + " = onnx.MatMul(%" + input + ", %w) {onnx.outputs = [\"" + result +
         "\"]} : (tensor<1x4x8xf32>, tensor<8x8xf32>) -> tensor<1x4x8xf32>\n";
}
std::string sum(const std::string &result, const std::string &a, const std::string &b) {
  return "%" + result + " = onnx.Add(%" + a + ", %" + b + ") {onnx.outputs = [\"" + result +
         "\"]} : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>\n";
}
std::string logits(const std::string &input) {
  return "%logits = onnx.MatMul(%" + input +
         ", %head) {onnx.outputs = [\"logits\"]} : (tensor<1x4x8xf32>, tensor<8x96xf32>) -> "
         "tensor<1x4x96xf32>\n";
}

std::vector<std::string> namesOf(const GraphCuts &cuts) {
  std::vector<std::string> names;
  for (Value value : cuts.cuts())
    names.push_back(onnx::valueName(value).str());
  return names;
}
} // namespace

TEST(GraphCuts, StandsAtTheResidualStream) {
  Model model(product("a", "e") + sum("x", "e", "a") + product("b", "x") + product("c", "b") +
              sum("y", "x", "c") + logits("y"));
  EXPECT_EQ(namesOf(model.cuts()), (std::vector<std::string>{"e", "x", "y", "logits"}));
}

TEST(GraphCuts, SaysWhatBypassesAValue) {
  Model model(product("a", "e") + sum("x", "e", "a") + logits("x"));
  GraphCuts cuts = model.cuts();
  GraphCuts::Bypass bypass = cuts.whyNot(model.named("a"));
  ASSERT_TRUE(bypass.reader);
  EXPECT_EQ(onnx::valueName(bypass.value), "e");
  EXPECT_EQ(onnx::valueName(bypass.reader->getResult(0)), "x");
  EXPECT_FALSE(cuts.whyNot(model.named("x")).reader);
}

TEST(GraphCuts, AreNoneWithinWhatALaterLayerReadsAgain) {
  // The embedding goes into every layer, so nothing but the ends is alone.
  Model model(product("a", "e") + sum("x", "e", "a") + product("b", "x") + sum("y", "e", "b") +
              logits("y"));
  EXPECT_EQ(namesOf(model.cuts()), (std::vector<std::string>{"e", "y", "logits"}));
}

TEST(GraphCuts, DoNotCountWhatFollowsFromTokensWithoutWeights) {
  // A mask that is made of the tokens is computed anew by each block.
  Model model("%f = onnx.Cast(%ids) {to = 1 : i64} : (tensor<1x4xi64>) -> tensor<1x4xf32>\n"
              "%axes = onnx.Constant() {value = dense<[2]> : tensor<1xi64>} : () -> "
              "tensor<1xi64>\n"
              "%m = onnx.Unsqueeze(%f, %axes) {onnx.outputs = [\"m\"]} : (tensor<1x4xf32>, "
              "tensor<1xi64>) -> tensor<1x4x1xf32>\n"
              "%x = onnx.Mul(%e, %m) {onnx.outputs = [\"x\"]} : (tensor<1x4x8xf32>, "
              "tensor<1x4x1xf32>) -> tensor<1x4x8xf32>\n"
              "%y = onnx.Mul(%x, %m) {onnx.outputs = [\"y\"]} : (tensor<1x4x8xf32>, "
              "tensor<1x4x1xf32>) -> tensor<1x4x8xf32>\n" +
              logits("y"));
  GraphCuts cuts = model.cuts();
  EXPECT_FALSE(cuts.isCarried(model.named("m")));
  EXPECT_EQ(namesOf(cuts), (std::vector<std::string>{"e", "x", "y", "logits"}));
}

TEST(GraphCuts, SegmentsEndAtTheirCut) {
  Model model(product("a", "e") + sum("x", "e", "a") + product("unused", "x") + logits("x"));
  GraphCuts cuts = model.cuts();
  EXPECT_EQ(cuts.segmentOf(model.named("e").getDefiningOp()), 0u);
  EXPECT_EQ(cuts.segmentOf(model.named("a").getDefiningOp()), 1u);
  EXPECT_EQ(cuts.segmentOf(model.named("x").getDefiningOp()), 1u);
  EXPECT_EQ(cuts.segmentOf(model.named("logits").getDefiningOp()), 2u);
  EXPECT_FALSE(cuts.segmentOf(model.named("unused").getDefiningOp()));
  EXPECT_FALSE(cuts.segmentOf(model.named("table").getDefiningOp()));
}
