// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fake quantization to levels: what the evaluator and compiled code compute are levels and scales
// of compress.decode_levels, to the bit; gradients are those of LSQ (1902.08153), written here once
// more.
#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Levels.h"
#include "dialects/Onnx/Evaluate/Cone.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;
using compress::ScaleLadder;
using onnx::Tensor;

namespace {
constexpr int64_t rows = 20, columns = 13, size = rows * columns;

class FakeLevels : public testing::Test {
protected:
  FakeLevels() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    for (float number : normals(rows * columns, 7))
      scales.push_back(.1f + .3f * std::fabs(number));
    // From the least to the middle: some scales are beyond it.
    ladder = ScaleLadder::between(.11f, .5f);
  }

  /// sum(c * fake_quantize(x, scale)), and fake_quantize alone; `group` rows share a scale.
  void parse(int64_t bits, int64_t group) {
    groups = (rows + group - 1) / group;
    std::string text = llvm::formatv(
        R"mlir(func.func @main(%x: tensor<20x13xf32>, %s: tensor<{0}x13xf32>, %c: tensor<20x13xf32>) -> (tensor<f32>, tensor<20x13xf32>) {{
  %y = compress.fake_quantize(%x, %s) {{bits = {1} : i64, block_size = {2} : i64, ladder = array<i32: {3}, {4}>, learned} : (tensor<20x13xf32>, tensor<{0}x13xf32>) -> tensor<20x13xf32>
  %p = onnx.Mul(%y, %c) : (tensor<20x13xf32>, tensor<20x13xf32>) -> tensor<20x13xf32>
  %l = onnx.ReduceSum(%p) {{keepdims = 0 : i64} : (tensor<20x13xf32>) -> tensor<f32>
  return %l, %y : tensor<f32>, tensor<20x13xf32>
})mlir",
        groups, bits, group, ladder.first, ladder.step);
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    function = module->lookupSymbol<func::FuncOp>("main");
    table.assign(scales.begin(), scales.begin() + groups * columns);
  }

  std::vector<double> read(Value value, ArrayRef<float> x, ArrayRef<float> c) {
    onnx::Cone cone;
    auto bind = [&](unsigned i, ArrayRef<int64_t> shape, ArrayRef<float> numbers) {
      std::vector<double> wide(numbers.begin(), numbers.end());
      cone.bind(function.getArgument(i), Tensor::floats(Float32Type::get(&context), shape, wide));
    };
    bind(0, {rows, columns}, x);
    bind(1, {groups, columns}, table);
    bind(2, {rows, columns}, c);
    auto result = cone.evaluate(value);
    EXPECT_TRUE(succeeded(result)) << cone.reason().str();
    return succeeded(result) ? result->numbers() : std::vector<double>();
  }

  /// The nearest of the 64, found by looking at each; the lower one of two.
  float snapped(float scale) const {
    int64_t best = 0;
    for (int64_t i = 0; i < ScaleLadder::count; ++i)
      if (std::fabs(ladder.at(i) - scale) < std::fabs(ladder.at(best) - scale))
        best = i;
    return ladder.at(best);
  }
  static float nearest(int64_t bits, float v) {
    float best = NAN;
    for (float level : compress::levelsOf(unsigned(bits)))
      if (!(std::fabs(level - v) >= std::fabs(best - v)))
        best = level;
    return best;
  }

  DialectRegistry registry;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  ScaleLadder ladder;
  std::vector<float> scales, table;
  int64_t groups = 0;
};
} // namespace

TEST_F(FakeLevels, NumbersAreLevelsTimesScales) {
  for (int64_t bits = 2; bits <= 8; ++bits)
    for (int64_t group : {4, 6}) { // the last one short, or not
      parse(bits, group);
      std::vector<float> x = normals(size, unsigned(bits)), expected;
      for (float &number : x)
        number *= .3f;
      for (int64_t i = 0; i < size; ++i) {
        float scale = snapped(table[i / columns / group * columns + i % columns]);
        expected.push_back(nearest(bits, x[i] / scale) * scale);
      }
      auto results = function.getBody().front().getTerminator()->getOperands();
      std::vector<double> wide(expected.begin(), expected.end());
      EXPECT_EQ(read(results[1], x, x), wide) << bits << " bits";
      auto compiled = compileInProcess(std::move(module));
      ASSERT_TRUE(bool(compiled));
      auto tensor = [&](ArrayRef<int64_t> shape, std::vector<float> &numbers) {
        return runtime::Tensor::borrow(runtime::ElementType::F32, {shape.begin(), shape.end()},
                                       numbers.data());
      };
      auto outputs = (*compiled)->function("main")->call({tensor({rows, columns}, x),
                                                          tensor({groups, columns}, table),
                                                          tensor({rows, columns}, x)});
      ASSERT_TRUE(bool(outputs));
      EXPECT_EQ((*outputs)[1].floats(0, size), expected) << bits << " bits";
    }
}

TEST_F(FakeLevels, GradientsAreThoseOfLearnedStepSizes) {
  for (int64_t bits : {2, 3, 6})
    for (int64_t group : {4, 6}) {
      parse(bits, group);
      std::vector<float> x = normals(size, 3), c = normals(size, 4);
      for (float &number : x)
        number *= .4f; // some beyond their scale
      auto results = function.getBody().front().getTerminator()->getOperands();
      Value loss = results[0];
      Refusal refusal;
      auto gradients =
          addGradients(loss, {function.getArgument(0), function.getArgument(1)}, refusal);
      ASSERT_TRUE(succeeded(gradients)) << refusal.reason;
      std::vector<double> ofX(size), ofScale(table.size());
      for (int64_t i = 0; i < size; ++i) {
        int64_t g = i / columns / group * columns + i % columns;
        double s = table[g], v = x[i] / s;
        double y = double(nearest(bits, x[i] / snapped(table[g]))) * snapped(table[g]);
        ofX[i] = std::fabs(v) < 1 ? c[i] : 0;
        ofScale[g] +=
            c[i] * (std::fabs(v) < 1 ? y / s - v : std::copysign(1, v)) / std::sqrt(double(group));
      }
      std::vector<double> gotX = read((*gradients)[0], x, c), got = read((*gradients)[1], x, c);
      ASSERT_EQ(gotX.size(), ofX.size());
      ASSERT_EQ(got.size(), ofScale.size());
      for (int64_t i = 0; i < size; ++i)
        EXPECT_EQ(gotX[i], ofX[i]) << i;
      for (size_t g = 0; g < got.size(); ++g)
        EXPECT_NEAR(got[g], ofScale[g], 1e-5) << g;
    }
}
