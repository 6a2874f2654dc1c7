// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model that is read block by block computes what it computes as a whole, as it was and changed.
#include "lib/Run/TextReplay.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "test/unit/DenseText.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
constexpr int64_t width = 8, words = 48, length = 5;

/// Two layers x + tanh(x W), of which the second one's matrix is twice in the graph, and the
/// logits.
std::string model(const std::string &first) {
  return "module {\nfunc.func @main(%ids: tensor<1x?xi64> {onnx.name = \"input_ids\", onnx.dims = "
         "[\"\", \"t\"], retort.role = \"tokens\"}) -> (tensor<1x?x48xf32> {onnx.name = "
         "\"logits\", onnx.dims = [\"\", \"t\", \"\"], retort.role = \"logits\"}) {\n"
         "%table = onnx.initializer \"table\" " +
         denseText(words, width, 1) + "\n%a = onnx.initializer \"a\" " + first +
         "\n%b = onnx.initializer \"b\" " + denseText(width, width, 3) +
         "\n%head = onnx.initializer \"head\" " + denseText(width, words, 4) + R"mlir(
  %e = onnx.Gather(%table, %ids) : (tensor<48x8xf32>, tensor<1x?xi64>) -> tensor<1x?x8xf32>
  %0 = onnx.MatMul(%e, %a) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %2 = onnx.MatMul(%x, %b) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %3 = onnx.Tanh(%2) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %y = onnx.Add(%x, %3) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %4 = onnx.MatMul(%y, %b) : (tensor<1x?x8xf32>, tensor<8x8xf32>) -> tensor<1x?x8xf32>
  %5 = onnx.Tanh(%4) : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %z = onnx.Add(%y, %5) : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  %logits = onnx.MatMul(%z, %head) : (tensor<1x?x8xf32>, tensor<8x48xf32>) -> tensor<1x?x48xf32>
  return %logits : tensor<1x?x48xf32>
}
}
)mlir";
}

const std::string firstMatrix = denseText(width, width, 2),
                  otherMatrix = denseText(width, width, 7);

struct Fixture : testing::Test {
  Fixture() {
    registerDialects(registry);
    registerReplay(registry);
    context.appendDialectRegistry(registry);
  }
  OwningOpRef<ModuleOp> parse(const std::string &text) {
    return parseSourceString<ModuleOp>(text, &context);
  }
  std::vector<float> logits(const std::string &text, const std::vector<int64_t> &tokens) {
    auto compiled = compileInProcess(parse(text));
    EXPECT_TRUE(bool(compiled));
    auto outputs = (*compiled)->function("main")->call(
        {runtime::Tensor::ofIntegers(runtime::ElementType::I64, {1, length}, tokens)});
    EXPECT_TRUE(bool(outputs));
    return outputs->front().floats(0, outputs->front().count());
  }
  /// In f64, over all tokens but the last.
  double divergence(const std::vector<float> &reference, const std::vector<float> &found) {
    auto logSum = [](const float *row) {
      double sum = 0;
      for (int64_t i = 0; i < words; ++i)
        sum += std::exp(double(row[i]));
      return std::log(sum);
    };
    double kl = 0;
    for (int64_t t = 0; t + 1 < length; ++t) {
      const float *p = reference.data() + t * words, *q = found.data() + t * words;
      double a = logSum(p), b = logSum(q);
      for (int64_t i = 0; i < words; ++i)
        kl += std::exp(p[i] - a) * (p[i] - a - q[i] + b);
    }
    return kl / double(length - 1);
  }

  DialectRegistry registry;
  MLIRContext context;
  ReplayWindows windows{{{1, 5, 9, 40, 2}, {7, 7, 3, 0, 11}, {4, 8, 15, 16, 23}}, 1};
};

/// The matrix of a text above, a row for each output.
std::vector<float> rowsOf(MLIRContext &context, const std::string &text) {
  auto constant = cast<DenseElementsAttr>(parseAttribute(text, &context));
  std::vector<float> stored(constant.getValues<float>().begin(), constant.getValues<float>().end()),
      rows(stored.size());
  for (int64_t k = 0; k < width; ++k)
    for (int64_t n = 0; n < width; ++n)
      rows[n * width + k] = stored[k * width + n];
  return rows;
}
} // namespace

TEST_F(Fixture, GroupsAreInTheOrderOfTheModel) {
  auto module = parse(model(firstMatrix));
  auto replay = TextReplay::create(*module, {"head", "a", "b", "none"}, windows);
  ASSERT_TRUE(bool(replay)) << llvm::toString(replay.takeError());
  ASSERT_EQ((*replay)->groups().size(), 2u);
  EXPECT_EQ((*replay)->groups()[0].weights, std::vector<std::string>{"a"});
  EXPECT_EQ((*replay)->groups()[0].block, 0);
  EXPECT_EQ((*replay)->groups()[1].weights, std::vector<std::string>{"head"});
  EXPECT_EQ((*replay)->whyNot("b"), "is used in several blocks");
  EXPECT_EQ((*replay)->whyNot("none"), "is not found in the graph of the windows");
}

TEST_F(Fixture, DivergesAsTheWholeModelDoes) {
  auto module = parse(model(firstMatrix));
  auto replay = TextReplay::create(*module, {"a", "head"}, windows);
  ASSERT_TRUE(bool(replay)) << llvm::toString(replay.takeError());
  double expected = divergence(logits(model(firstMatrix), windows.tokens.back()),
                               logits(model(otherMatrix), windows.tokens.back()));
  ASSERT_GT(expected, .001);
  auto same = (*replay)->divergences(8);
  ASSERT_TRUE(bool(same));
  ASSERT_EQ(same->size(), 1u); // the one that is held back
  EXPECT_NEAR(same->front(), 0, 1e-6);
  (*replay)->change("a", rowsOf(context, otherMatrix));
  auto found = (*replay)->divergences(8);
  ASSERT_TRUE(bool(found));
  EXPECT_NEAR(found->front(), expected, 1e-5 * expected + 1e-6);
  // The stream remembers it.
  ASSERT_FALSE(bool((*replay)->advance()));
  auto later = (*replay)->divergences(8);
  ASSERT_TRUE(bool(later));
  EXPECT_NEAR(later->front(), expected, 1e-5 * expected + 1e-6);
  // From the beginning again, then behind the last block.
  (*replay)->restart();
  (*replay)->change("a", rowsOf(context, otherMatrix));
  while ((*replay)->current() < (*replay)->blocks())
    ASSERT_FALSE(bool((*replay)->advance()));
  auto end = (*replay)->divergences(8);
  ASSERT_TRUE(bool(end));
  EXPECT_NEAR(end->front(), expected, 1e-5 * expected + 1e-6);
  (*replay)->restart();
  (*replay)->change("a", rowsOf(context, otherMatrix));
  (*replay)->restore("a");
  auto restored = (*replay)->divergences(8);
  ASSERT_TRUE(bool(restored));
  EXPECT_NEAR(restored->front(), 0, 1e-6);
}

TEST_F(Fixture, ObservesBothStreams) {
  auto module = parse(model(firstMatrix));
  auto replay = TextReplay::create(*module, {"a", "head"}, windows);
  ASSERT_TRUE(bool(replay)) << llvm::toString(replay.takeError());
  int64_t seen = 0, held = 0;
  ASSERT_FALSE(bool((*replay)->observe((*replay)->groups()[0], [&](const ReplayedRows &rows) {
    EXPECT_EQ(rows.original, rows.changed);
    EXPECT_EQ(rows.count, length);
    held += rows.isHeld;
    ++seen;
    return llvm::Error::success();
  })));
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(held, 1);
  (*replay)->change("a", rowsOf(context, otherMatrix));
  while ((*replay)->current() < (*replay)->groups()[1].block)
    ASSERT_FALSE(bool((*replay)->advance()));
  ASSERT_FALSE(bool((*replay)->observe((*replay)->groups()[1], [&](const ReplayedRows &rows) {
    EXPECT_NE(rows.original, rows.changed);
    EXPECT_NE(rows.original[3], rows.changed[3]);
    return llvm::Error::success();
  })));
}

TEST_F(Fixture, SaysWhatItCannotRead) {
  auto module = parse("module {\nfunc.func @main(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {\n%y = "
                      "onnx.Relu(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>\nreturn %y : "
                      "tensor<2x8xf32>\n}\n}\n");
  auto replay = TextReplay::create(*module, {}, windows);
  ASSERT_FALSE(bool(replay));
  EXPECT_EQ(llvm::toString(replay.takeError()), "the model has no output that is logits");
}

TEST_F(Fixture, SaysThatAGraphReadsAnotherLength) {
  std::string text = model(firstMatrix);
  for (auto [from, to] : {std::pair<StringRef, StringRef>("1x?x", "1x8x"), {"\"t\"", "\"\""}})
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  auto module = parse(text);
  ASSERT_TRUE(module);
  auto replay = TextReplay::create(*module, {"a"}, windows);
  ASSERT_FALSE(bool(replay));
  EXPECT_EQ(llvm::toString(replay.takeError()),
            "reads 8 tokens a call, expects to read the 5 of a window at once");
}
