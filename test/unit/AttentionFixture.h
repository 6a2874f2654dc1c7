// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles attention for CPUs that this one can be, and compares it with sums in f64.
#ifndef RETORT_TEST_UNIT_ATTENTIONFIXTURE_H
#define RETORT_TEST_UNIT_ATTENTIONFIXTURE_H

#include "lib/Emit/Emit.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Runtime/ThreadPool.h"
#include "retort/Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>
#include <random>

namespace retort {

using namespace mlir;

/// A tensor as a compiled function takes it.
template <typename T> struct Numbers {
  std::vector<int64_t> shape;
  std::vector<T> values;

  T at(ArrayRef<int64_t> place) const {
    int64_t index = 0;
    for (auto [i, size] : llvm::enumerate(shape)) {
      int64_t own = place[place.size() - shape.size() + i];
      index = index * size + (size == 1 ? 0 : own);
    }
    return values[index];
  }
  std::vector<int64_t> describe() const {
    auto data = int64_t(values.data());
    std::vector<int64_t> words{data, data, 0};
    words.insert(words.end(), shape.begin(), shape.end());
    int64_t stride = 1;
    std::vector<int64_t> strides(shape.size());
    for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis])
      strides[axis] = stride;
    words.insert(words.end(), strides.begin(), strides.end());
    return words;
  }
};

/// What an attention is, and of what sizes; the shapes of a mask and a bias are those of operands.
struct AttentionCase {
  int64_t batch = 1, heads = 1, groups = 1, depth = 16, width = 16;
  bool isCausal = false;
  int64_t left = -1, right = -1; ///< below 0: unbounded
  double softcap = 0;
  bool hasKeyLength = false, hasOffset = false, hasSinks = false;
  std::string mask = "", bias = ""; ///< types; 't' and 's' stand for rows and columns
  bool hasKnownRows = false;
};

/// The operands of one call.
struct AttentionInput {
  int64_t rows, columns;
  Numbers<float> query, key, value, bias, sinks;
  Numbers<char> mask;
  Numbers<int64_t> keyLength, offset;
};

class AttentionFixture : public testing::TestWithParam<const char *> {
protected:
  AttentionFixture() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
    context.loadAllAvailableDialects();
    runtime::ThreadPool::setSharedThreads(2);
  }

  void SetUp() override {
    auto host = llvm::sys::getHostCPUFeatures();
    StringRef cpu = GetParam();
    if (cpu == "x86-64-v3" && !(host.lookup("avx2") && host.lookup("fma")))
      GTEST_SKIP() << "this CPU is no " << GetParam();
  }

  std::vector<float> random(int64_t count, double low = -1, double high = 1) {
    std::uniform_real_distribution<double> draw(low, high);
    std::vector<float> values(count);
    for (float &value : values)
      value = float(draw(generator));
    return values;
  }

  static std::string sizes(ArrayRef<int64_t> shape) {
    std::string text = "tensor<";
    for (int64_t size : shape)
      text += (size < 0 ? "?" : std::to_string(size)) + "x";
    return text;
  }

  /// The type of a mask or bias: 't' and 's' are unknown sizes.
  static std::string maskType(StringRef text, StringRef element) {
    std::string type = "tensor<";
    for (char c : text)
      type += c == 't' || c == 's' ? '?' : c;
    return type + "x" + element.str() + ">";
  }

  static std::string textOf(const AttentionCase &c, int64_t rows) {
    std::string arguments, operands = "%q, %k, %v", types, attributes;
    auto add = [&](const std::string &name, const std::string &type, const std::string &word = "") {
      arguments += (arguments.empty() ? "%" : ", %") + name + ": " + type;
      types += (types.empty() ? "" : ", ") + type;
      if (!word.empty())
        operands += " " + word + " %" + name;
    };
    int64_t known = c.hasKnownRows ? rows : -1;
    std::string result = sizes({c.batch, c.heads, known, c.width}) + "f32>",
                keys = sizes({c.batch, c.groups, -1, c.depth}) + "f32>",
                values = sizes({c.batch, c.groups, -1, c.width}) + "f32>";
    add("q", sizes({c.batch, c.heads, known, c.depth}) + "f32>");
    add("k", keys);
    add("v", values);
    if (!c.mask.empty())
      add("mask", maskType(c.mask, "i1"), "mask");
    if (!c.bias.empty())
      add("bias", maskType(c.bias, "f32"), "bias");
    if (c.hasKeyLength)
      add("length", sizes({c.batch}) + "i64>", "key_length");
    if (c.hasOffset)
      add("offset", sizes({c.batch}) + "i64>", "offset");
    if (c.hasSinks)
      add("sinks", sizes({c.heads}) + "f32>", "sinks");
    attributes = "scale = 0.5 : f32";
    if (c.isCausal)
      attributes += ", causal";
    if (c.left >= 0)
      attributes += ", left_window = " + std::to_string(c.left);
    if (c.right >= 0)
      attributes += ", right_window = " + std::to_string(c.right);
    if (c.softcap)
      attributes += ", softcap = " + std::to_string(c.softcap) + " : f32";
    return "func.func @main(" + arguments + ") -> " + result + " {\n  %0:3 = llm.attention(" +
           operands + ") {" + attributes + "} : (" + types + ") -> (" + result + ", " + keys +
           ", " + values + ")\n  return %0#0 : " + result + "\n}";
  }

  void compile(const AttentionCase &c, int64_t rows = -1) { compile(textOf(c, rows)); }

  void compile(const std::string &model) {
    module = parseSourceString<ModuleOp>(model, &context);
    ASSERT_TRUE(module);
    PassManager lower(&context), codegen(&context);
    buildLowerPipeline(lower);
    ASSERT_TRUE(succeeded(lower.run(*module)));
    std::string text;
    llvm::raw_string_ostream(text) << *module;
    ASSERT_NE(text.find("fused.attention"), std::string::npos);
    CodegenOptions options;
    options.targetCpu = GetParam();
    buildCodegenPipeline(codegen, options);
    ASSERT_TRUE(succeeded(codegen.run(*module)));
    auto compiled = jitCompile(*module, EmitOptions{GetParam(), 2});
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    this->model = std::move(*compiled);
    main = reinterpret_cast<void (*)(void **)>(cantFail(this->model->lookup("retort_main")));
  }

  AttentionInput draw(const AttentionCase &c, int64_t rows, int64_t columns) {
    AttentionInput x{rows, columns, {}, {}, {}, {}, {}, {}, {}, {}};
    auto fill = [&](Numbers<float> &numbers, std::vector<int64_t> shape, double size) {
      numbers = {shape, random(ShapedType::getNumElements(shape), -size, size)};
    };
    fill(x.query, {c.batch, c.heads, rows, c.depth}, 2);
    fill(x.key, {c.batch, c.groups, columns, c.depth}, 2);
    fill(x.value, {c.batch, c.groups, columns, c.width}, 1);
    auto shapeOf = [&](StringRef text) {
      std::vector<int64_t> shape;
      SmallVector<StringRef> parts;
      text.split(parts, 'x');
      for (StringRef part : parts)
        shape.push_back(part == "t" ? rows : part == "s" ? columns : std::stoll(part.str()));
      return shape;
    };
    if (!c.bias.empty())
      fill(x.bias, shapeOf(c.bias), 2);
    if (!c.mask.empty()) {
      x.mask.shape = shapeOf(c.mask);
      for (float number : random(ShapedType::getNumElements(x.mask.shape)))
        x.mask.values.push_back(number > -0.4);
    }
    if (c.hasSinks)
      fill(x.sinks, {c.heads}, 1);
    for (int64_t i = 0; i < c.batch; ++i) {
      x.keyLength.values.push_back(std::max<int64_t>(columns - 3 * i - 1, 0));
      x.offset.values.push_back(std::max<int64_t>(columns - rows - 2 * i, 0));
    }
    x.keyLength.shape = x.offset.shape = {c.batch};
    return x;
  }

  Numbers<float> run(const AttentionCase &c, const AttentionInput &x) {
    std::vector<std::vector<int64_t>> descriptors{x.query.describe(), x.key.describe(),
                                                  x.value.describe()};
    if (!c.mask.empty())
      descriptors.push_back(x.mask.describe());
    if (!c.bias.empty())
      descriptors.push_back(x.bias.describe());
    if (c.hasKeyLength)
      descriptors.push_back(x.keyLength.describe());
    if (c.hasOffset)
      descriptors.push_back(x.offset.describe());
    if (c.hasSinks)
      descriptors.push_back(x.sinks.describe());
    std::vector<void *> arguments;
    for (auto &words : descriptors)
      arguments.push_back(words.data());
    std::vector<int64_t> result(11);
    arguments.push_back(result.data());
    main(arguments.data());
    Numbers<float> y{{c.batch, c.heads, x.rows, c.width}, {}};
    EXPECT_EQ(std::vector<int64_t>(result.begin() + 3, result.begin() + 7), y.shape);
    auto *data = reinterpret_cast<float *>(result[1]);
    y.values.assign(data, data + ShapedType::getNumElements(y.shape));
    free(reinterpret_cast<void *>(result[0]));
    return y;
  }

  static bool sees(const AttentionCase &c, const AttentionInput &x, int64_t b, int64_t h, int64_t t,
                   int64_t j) {
    int64_t here = t + (c.hasOffset ? x.offset.values[b] : 0);
    return !(c.isCausal && j > here) && !(c.right >= 0 && j > here + c.right) &&
           !(c.left >= 0 && j < here - c.left) && !(c.hasKeyLength && j >= x.keyLength.values[b]) &&
           !(!c.mask.empty() && !x.mask.at({b, h, t, j})) &&
           !(!c.bias.empty() && x.bias.at({b, h, t, j}) == -INFINITY);
  }

  /// The row that is meant, in f64.
  static std::vector<double> expected(const AttentionCase &c, const AttentionInput &x, int64_t b,
                                      int64_t h, int64_t t) {
    int64_t g = h / (c.heads / c.groups);
    std::vector<double> scores, result(c.width, 0.0);
    double best = c.hasSinks ? x.sinks.values[h] : -INFINITY, sum = 0;
    for (int64_t j = 0; j < x.columns; ++j) {
      double score = 0;
      for (int64_t d = 0; d < c.depth; ++d)
        score += double(x.query.at({b, h, t, d})) * x.key.at({b, g, j, d});
      score *= 0.5;
      if (c.softcap)
        score = c.softcap * std::tanh(score / c.softcap);
      if (!c.bias.empty())
        score += x.bias.at({b, h, t, j});
      scores.push_back(sees(c, x, b, h, t, j) ? score : -INFINITY);
      best = std::max(best, scores.back());
    }
    if (best == -INFINITY)
      return result;
    if (c.hasSinks)
      sum = std::exp(x.sinks.values[h] - best);
    for (int64_t j = 0; j < x.columns; ++j) {
      double power = std::exp(scores[j] - best);
      sum += power;
      for (int64_t e = 0; e < c.width; ++e)
        if (power > 0)
          result[e] += power * x.value.at({b, g, j, e});
    }
    for (double &number : result)
      number /= sum;
    return result;
  }

  void compare(const AttentionCase &c, const AttentionInput &x, const Numbers<float> &y) {
    for (int64_t b = 0; b < c.batch; ++b)
      for (int64_t h = 0; h < c.heads; ++h)
        for (int64_t t = 0; t < x.rows; ++t) {
          std::vector<double> row = expected(c, x, b, h, t);
          for (int64_t e = 0; e < c.width; ++e)
            ASSERT_NEAR(y.at({b, h, t, e}), row[e], 2e-5)
                << "batch " << b << ", head " << h << ", row " << t << " of " << x.rows
                << ", columns " << x.columns << ", element " << e;
        }
  }

  void check(const AttentionCase &c, ArrayRef<std::pair<int64_t, int64_t>> calls) {
    if (!c.hasKnownRows)
      compile(c);
    for (auto [rows, columns] : calls) {
      if (c.hasKnownRows)
        compile(c, rows);
      if (testing::Test::HasFatalFailure())
        return;
      AttentionInput x = draw(c, rows, columns);
      compare(c, x, run(c, x));
    }
  }

  MLIRContext context;
  std::mt19937 generator{1};
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<JitModel> model;
  void (*main)(void **) = nullptr;
};

#define RETORT_ATTENTION_CPUS(suite)                                                               \
  INSTANTIATE_TEST_SUITE_P(Cpus, suite, testing::Values("x86-64-v3", "native"), [](auto &info) {   \
    std::string name = info.param;                                                                 \
    llvm::replace(name, '-', '_');                                                                 \
    return name;                                                                                   \
  })

} // namespace retort

#endif
