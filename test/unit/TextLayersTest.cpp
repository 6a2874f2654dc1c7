// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model of which a block is exchanged diverges as the whole other model does.
#include "lib/Run/TextLayers.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "lib/Run/MeanDivergence.h"
#include "lib/Run/TextReplay.h"
#include "test/unit/DenseText.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
constexpr int64_t width = 8, words = 48, length = 5;

/// Two layers x + f(x W) and the logits; seeds and f of the layers.
std::string model(unsigned first, const std::string &f, unsigned second, const std::string &g) {
  return "module {\nfunc.func @main(%ids: tensor<1x?xi64> {onnx.name = \"input_ids\", onnx.dims = "
         "[\"\", \"t\"], retort.role = \"tokens\"}) -> (tensor<1x?x48xf32> {onnx.name = "
         "\"logits\", onnx.dims = [\"\", \"t\", \"\"], retort.role = \"logits\"}) {\n"
         "%table = onnx.initializer \"table\" " +
         denseText(words, width, 1) + "\n%a = onnx.initializer \"a\" " +
         denseText(width, width, first) + "\n%b = onnx.initializer \"b\" " +
         denseText(width, width, second) + "\n%head = onnx.initializer \"head\" " +
         denseText(width, words, 4) + R"mlir(
  %e = onnx.Gather(%table, %ids) : (tensor<48x8xf32>, tensor<1x?xi64>) -> tensor<1x?x8xf32>
  %0 = onnx.MatMul(%e, %a) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %1 = onnx.)mlir" +
         f + R"mlir((%0) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %2 = onnx.MatMul(%x, %b) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %3 = onnx.)mlir" +
         g + R"mlir((%2) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %y = onnx.Add(%x, %3) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x8xf32>, tensor<8x48xf32>) -> tensor<1x?x48xf32>
  return %logits : tensor<1x?x48xf32>
}
}
)mlir";
}

/// What each layer reads, and its product.
SmallVector<SmallVector<Value>> productsOf(func::FuncOp graph) {
  SmallVector<SmallVector<Value>> values;
  for (auto op : graph.getOps<onnx::MatMulOp>())
    values.push_back({op->getOperand(0), op->getResult(0)});
  values.pop_back(); // the logits
  return values;
}

struct TextLayersFixture : testing::Test {
  TextLayersFixture() {
    registerDialects(registry);
    registerReplay(registry);
    context.appendDialectRegistry(registry);
    module = parse(plain);
  }
  OwningOpRef<ModuleOp> parse(const std::string &text) {
    return parseSourceString<ModuleOp>(text, &context);
  }
  runtime::Tensor logits(const std::string &text, const std::vector<int64_t> &tokens) {
    auto compiled = compileInProcess(parse(text));
    EXPECT_TRUE(bool(compiled));
    auto outputs = (*compiled)->function("main")->call(
        {runtime::Tensor::ofIntegers(runtime::ElementType::I64, {1, length}, tokens)});
    EXPECT_TRUE(bool(outputs));
    return outputs->front().floatRows(0, length);
  }
  double divergence(const std::string &other) {
    const std::vector<int64_t> &held = windows.tokens.back();
    return meanDivergence(logits(other, held), logits(plain, held));
  }
  std::unique_ptr<TextLayers> start() {
    auto made = TextLayers::create(*module, productsOf, windows);
    EXPECT_TRUE(bool(made));
    return std::move(*made);
  }
  double measured(TextLayers &layers, ModuleOp other) {
    auto found = layers.divergences(other, 8);
    EXPECT_TRUE(bool(found));
    EXPECT_EQ(found->size(), 1u); // the one that is held back
    return found->front();
  }

  DialectRegistry registry;
  MLIRContext context;
  ReplayWindows windows{{{1, 5, 9, 40, 2}, {7, 7, 3, 0, 11}, {4, 8, 15, 16, 23}}, 1};
  const std::string plain = model(2, "Tanh", 3, "Tanh"), first = model(9, "Relu", 3, "Tanh"),
                    both = model(9, "Relu", 6, "Sigmoid");
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(TextLayersFixture, DivergesAsTheWholeModelDoes) {
  auto layers = start();
  auto one = parse(first), other = parse(model(2, "Tanh", 6, "Sigmoid"));
  ASSERT_FALSE(bool(layers->advanceTo(0)));
  EXPECT_NEAR(measured(*layers, {}), 0, 1e-6);
  double expected = divergence(first);
  ASSERT_GT(expected, 1e-3);
  EXPECT_NEAR(measured(*layers, *one), expected, 1e-4 * expected);
  ASSERT_FALSE(bool(layers->change(*one)));
  ASSERT_FALSE(bool(layers->advanceTo(1)));
  EXPECT_NEAR(measured(*layers, {}), expected, 1e-4 * expected);
  // Of another model the current block alone counts.
  expected = divergence(both);
  EXPECT_NEAR(measured(*layers, *other), expected, 1e-4 * expected);
  layers->restart();
  ASSERT_FALSE(bool(layers->advanceTo(1)));
  EXPECT_NEAR(measured(*layers, {}), 0, 1e-6);
}

TEST_F(TextLayersFixture, ShowsWhatALayerReadsBehindChanges) {
  auto layers = start();
  auto one = parse(first);
  ASSERT_FALSE(bool(layers->advanceTo(0)));
  size_t seen = 0;
  auto seeSame = [&](const ReplayedValues &values) {
    EXPECT_EQ(values.isHeld, seen++ == 2);
    EXPECT_EQ(values.original[0].data, values.changed[0].data);
    EXPECT_EQ(values.original[1].shape, (SmallVector<int64_t>{1, length, width}));
    return llvm::Error::success();
  };
  ASSERT_FALSE(bool(layers->observe(seeSame)));
  EXPECT_EQ(seen, 3u);
  ASSERT_FALSE(bool(layers->change(*one)));
  ASSERT_FALSE(bool(layers->advanceTo(1)));
  auto seeOther = [&](const ReplayedValues &values) {
    float off = 0;
    for (int64_t i = 0; i < length * width; ++i)
      off += std::abs(values.original[0].data[i] - values.changed[0].data[i]);
    EXPECT_GT(off, .1f);
    return llvm::Error::success();
  };
  ASSERT_FALSE(bool(layers->observe(seeOther)));
}
