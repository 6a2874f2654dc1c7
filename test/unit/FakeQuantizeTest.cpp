// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fake quantization: what compiled code and the evaluator compute is what round-to-nearest writes,
// to the bit; gradients are those of LSQ (1902.08153) and LSQ+ (2004.09576), written here once
// more, element by element, and the slopes where there are any.
#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Evaluate/Cone.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/InProcess.h"
#include "lib/Weights/RoundToNearest.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

namespace {
/// x of 7x6, scales of some shape.
struct Case {
  std::vector<int64_t> scale;
  int64_t axis = 0, block = 0, bits = 3;
  bool isSigned = true, hasZero = false;

  static constexpr int64_t rows = 7, columns = 6;
  int64_t scales() const {
    int64_t count = 1;
    for (int64_t size : scale)
      count *= size;
    return count;
  }
  /// The scale of an element, found by its indices.
  int64_t scaleOf(int64_t i) const {
    int64_t at[] = {i / columns, i % columns}, result = 0;
    if (block > 0)
      at[axis] /= block;
    for (size_t k = 0; k < scale.size(); ++k)
      result = result * scale[k] + (scale[k] == 1 ? 0 : at[2 - scale.size() + k]);
    return result;
  }
  double low() const { return isSigned ? -std::ldexp(1, int(bits) - 1) : 0; }
  double high() const { return low() + std::ldexp(1, int(bits)) - 1; }
};

const Case cases[] = {
    {{}},
    {{6}},
    {{7, 1}},
    {{1, 6}},
    {{1, 1}, 0, 2},
    {{4, 6}, 0, 2},
    {{4, 1}, 0, 2, 2},
    {{7, 2}, 1, 4, 4},
    {{7, 3}, 1, 2, 8},
    {{4, 6}, 0, 2, 3, false, true},
    {{7, 1}, 0, 0, 4, false, true},
    {{}, 0, 0, 2, false, true},
};

struct Gradients {
  std::vector<double> x, scale, zero;
};

class FakeQuantize : public testing::Test {
protected:
  FakeQuantize() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// sum(c * fake_quantize(x, scale, zero)) as a function, whose argument `i` is at value(i).
  void parse(const Case &of, StringRef element, bool isLearned) {
    std::string shape;
    for (int64_t size : of.scale)
      shape += std::to_string(size) + "x";
    std::string x = llvm::formatv("tensor<7x6x{0}>", element),
                s = llvm::formatv("tensor<{0}{1}>", shape, element);
    std::string text = llvm::formatv(
        R"mlir(func.func @main(%x: {0}, %s: {1}, %z: {1}, %c: {0}) -> tensor<{2}> {{
  %y = compress.fake_quantize(%x, %s{3}) {{bits = {4} : i64, axis = {5} : i64, block_size = {6} : i64, is_signed = {7}{8}} : ({0}, {1}{9}) -> {0}
  %p = onnx.Mul(%y, %c) : ({0}, {0}) -> {0}
  %l = onnx.ReduceSum(%p) {{keepdims = 0 : i64} : ({0}) -> tensor<{2}>
  return %l : tensor<{2}>
})mlir",
        x, s, element, of.hasZero ? ", %z" : "", of.bits, of.axis, of.block,
        of.isSigned ? "true" : "false", isLearned ? ", learned" : "",
        of.hasZero ? ", " + s : std::string());
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    function = module->lookupSymbol<func::FuncOp>("main");
  }
  Value loss() { return function.getBody().front().getTerminator()->getOperand(0); }

  void bind(const Case &of, ArrayRef<double> x, ArrayRef<double> s, ArrayRef<double> z,
            ArrayRef<double> c) {
    Type element = getElementTypeOrSelf(function.getArgumentTypes()[0]);
    auto give = [&](unsigned i, ArrayRef<int64_t> shape, ArrayRef<double> values) {
      cone.bind(function.getArgument(i), Tensor::floats(element, shape, values));
    };
    cone = onnx::Cone();
    give(0, {Case::rows, Case::columns}, x);
    give(1, of.scale, s);
    give(2, of.scale, z);
    give(3, {Case::rows, Case::columns}, c);
  }
  std::vector<double> read(Value value) {
    auto result = cone.evaluate(value);
    EXPECT_TRUE(succeeded(result)) << cone.reason().str();
    return succeeded(result) ? result->numbers() : std::vector<double>();
  }

  DialectRegistry registry;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  onnx::Cone cone;
};
} // namespace

static std::vector<double> doubles(ArrayRef<float> numbers, double factor = 1) {
  std::vector<double> result;
  for (float number : numbers)
    result.push_back(number * factor);
  return result;
}

/// Scales above zero, and zero points that are no integers, some of them beyond all codes.
static std::vector<double> someScales(const Case &of) {
  std::vector<double> result;
  for (double number : doubles(normals(of.scales(), 5)))
    result.push_back(.2 + .1 * std::fabs(number));
  return result;
}

static std::vector<double> someZeros(const Case &of) {
  std::vector<double> result;
  for (double number : doubles(normals(of.scales(), 6)))
    result.push_back((of.low() + of.high()) / 2 + 2 * number);
  return result;
}

/// By the formulas of both papers, with k = 1 / sqrt(n hi).
static Gradients naive(const Case &of, ArrayRef<double> x, ArrayRef<double> s, ArrayRef<double> z,
                       ArrayRef<double> dy) {
  Gradients result{std::vector<double>(x.size()), std::vector<double>(s.size()),
                   std::vector<double>(s.size())};
  std::vector<double> full(s.size()); // of whole blocks
  for (int64_t i = 0; i < int64_t(x.size()); ++i)
    full[of.scaleOf(i)] += 1;
  double n = *std::max_element(full.begin(), full.end()), k = 1 / std::sqrt(n * of.high());
  for (int64_t i = 0; i < int64_t(x.size()); ++i) {
    int64_t g = of.scaleOf(i);
    double zero = of.hasZero ? std::clamp(std::nearbyint(z[g]), of.low(), of.high()) : 0;
    double v = x[i] / s[g] + zero;
    if (v > of.low() && v < of.high()) {
      result.x[i] = dy[i];
      result.scale[g] += k * dy[i] * (std::nearbyint(x[i] / s[g]) - x[i] / s[g]);
    } else {
      result.scale[g] += k * dy[i] * ((v >= of.high() ? of.high() : of.low()) - zero);
      result.zero[g] -= s[g] * dy[i];
    }
  }
  return result;
}

static void expectNear(ArrayRef<double> a, ArrayRef<double> b, const std::string &what) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], 1e-12 * (1 + std::fabs(b[i]))) << what << " " << i;
}

TEST_F(FakeQuantize, GradientsAreThoseOfLearnedStepSizes) {
  for (const auto &[number, of] : llvm::enumerate(cases)) {
    parse(of, "f64", /*isLearned=*/true);
    Refusal refusal;
    auto gradients = addGradients(
        loss(), {function.getArgument(0), function.getArgument(1), function.getArgument(2)},
        refusal);
    ASSERT_TRUE(succeeded(gradients)) << refusal.reason;
    std::vector<double> x = doubles(normals(42, 1)), s = someScales(of), z = someZeros(of),
                        c = doubles(normals(42, 2));
    bind(of, x, s, z, c);
    Gradients expected = naive(of, x, s, z, c);
    std::string at = "case " + std::to_string(number);
    expectNear(read((*gradients)[0]), expected.x, at + ", x");
    expectNear(read((*gradients)[1]), expected.scale, at + ", scale");
    if (of.hasZero)
      expectNear(read((*gradients)[2]), expected.zero, at + ", zero point");
  }
}

TEST_F(FakeQuantize, GradientsPassStraightThrough) {
  for (const Case &of : cases) {
    parse(of, "f64", /*isLearned=*/false);
    Refusal refusal;
    auto gradients =
        addGradients(loss(), {function.getArgument(0), function.getArgument(1)}, refusal);
    ASSERT_TRUE(succeeded(gradients)) << refusal.reason;
    std::vector<double> x = doubles(normals(42, 1)), c = doubles(normals(42, 2));
    bind(of, x, someScales(of), someZeros(of), c);
    expectNear(read((*gradients)[0]), c, "x");
    expectNear(read((*gradients)[1]), std::vector<double>(of.scales()), "scale");
  }
}

/// Beyond the bounds the function has a slope, which the gradients are: of scales but for k.
TEST_F(FakeQuantize, GradientsAreSlopesBeyondTheBounds) {
  for (const Case &of : cases) {
    parse(of, "f64", /*isLearned=*/true);
    Refusal refusal;
    auto gradients =
        addGradients(loss(), {function.getArgument(0), function.getArgument(1)}, refusal);
    ASSERT_TRUE(succeeded(gradients)) << refusal.reason;
    std::vector<double> x = doubles(normals(42, 1)), s = someScales(of), z = someZeros(of),
                        c = doubles(normals(42, 2));
    for (double &number : x)
      number += number < 0 ? -1000 : 1000;
    bind(of, x, s, z, c);
    expectNear(read((*gradients)[0]), std::vector<double>(42), "x");
    std::vector<double> got = read((*gradients)[1]);
    int64_t n = 1; // of whole blocks
    for (int64_t i = 0, count; i < of.scales(); ++i) {
      count = 0;
      for (int64_t k = 0; k < 42; ++k)
        count += of.scaleOf(k) == i;
      n = std::max(n, count);
    }
    for (int64_t i = 0; i < of.scales(); ++i) {
      double h = 1e-5, sides[2];
      for (int side : {0, 1}) {
        std::vector<double> moved = s;
        moved[i] += side ? h : -h;
        bind(of, x, moved, z, c);
        sides[side] = read(loss())[0];
      }
      double slope = (sides[1] - sides[0]) / (2 * h);
      EXPECT_NEAR(got[i] * std::sqrt(double(n) * of.high()), slope, 1e-6 * (1 + std::fabs(slope)));
    }
  }
}

/// As compress-quantize-rtn makes them, of groups along either axis, the last one odd or not.
TEST_F(FakeQuantize, CodesAreThoseOfRoundToNearest) {
  for (int64_t bits = 2; bits <= 8; ++bits)
    for (bool symmetric : {true, false})
      for (int64_t axis : {0, 1})
        for (int64_t group : {3, 5, 16, 20, 64}) {
          int64_t sizes[] = {20, 13}, length = sizes[axis];
          compress::Groups groups{axis == 0 ? 1 : sizes[0], length, axis == 0 ? sizes[1] : 1,
                                  std::min(group, length)};
          std::vector<float> x = normals(260, unsigned(bits * 100 + group));
          RoundToNearest rounding(groups, {unsigned(bits), symmetric});
          ASSERT_EQ(rounding.observe(0, x), -1);
          rounding.fit();
          std::vector<float> expected = x, scale, zero;
          std::vector<char> packed(260);
          rounding.encode(0, expected, packed.data());
          for (const UniformScale &each : rounding.scales()) {
            scale.push_back(each.scale);
            zero.push_back(float(each.zero));
          }
          int64_t shape[] = {20, 13};
          shape[axis] = groups.groups();
          std::string type = llvm::formatv("tensor<{0}x{1}xf32>", shape[0], shape[1]);
          std::string text = llvm::formatv(
              R"mlir(func.func @main(%x: tensor<20x13xf32>, %s: {0}, %z: {0}) -> (tensor<20x13xf32>, {0}) {{
  %y = compress.fake_quantize(%x, %s, %z) {{bits = {1} : i64, axis = {2} : i64, block_size = {3} : i64, is_signed = {4}} : (tensor<20x13xf32>, {0}, {0}) -> tensor<20x13xf32>
  return %y, %z : tensor<20x13xf32>, {0}
})mlir",
              type, bits, axis, group, symmetric ? "true" : "false");
          auto parsed = parseSourceString<ModuleOp>(text, &context);
          ASSERT_TRUE(parsed);
          auto graph = parsed->lookupSymbol<func::FuncOp>("main");
          auto at = [&](unsigned i, ArrayRef<int64_t> sizes, ArrayRef<float> numbers) {
            cone.bind(graph.getArgument(i),
                      Tensor::floats(Float32Type::get(&context), sizes, doubles(numbers)));
          };
          cone = onnx::Cone();
          at(0, sizes, x);
          at(1, shape, scale);
          at(2, shape, zero);
          auto evaluated = cone.evaluate(graph.getBody().front().getTerminator()->getOperand(0));
          ASSERT_TRUE(succeeded(evaluated));
          EXPECT_EQ(evaluated->numbers(), doubles(expected)) << text;
          if (group != 5 && group != 3 && group != 16)
            continue; // compiling takes time
          if (bits != 3 && bits != 8)
            continue;
          auto compiled = compileInProcess(std::move(parsed));
          ASSERT_TRUE(bool(compiled));
          auto tensor = [&](ArrayRef<int64_t> sizes, std::vector<float> &numbers) {
            return runtime::Tensor::borrow(runtime::ElementType::F32, {sizes.begin(), sizes.end()},
                                           numbers.data());
          };
          auto outputs = (*compiled)->function("main")->call(
              {tensor(sizes, x), tensor(shape, scale), tensor(shape, zero)});
          ASSERT_TRUE(bool(outputs));
          EXPECT_EQ(outputs->front().floats(0, 260), expected) << text;
        }
}
