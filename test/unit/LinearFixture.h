// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles products with constant weights for every CPU that this one can be, and compares them
// with sums in f64 of what the weight's expression means.
#ifndef RETORT_TEST_UNIT_LINEARFIXTURE_H
#define RETORT_TEST_UNIT_LINEARFIXTURE_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Emit/Emit.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Runtime/ThreadPool.h"
#include "retort/Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>
#include <random>

namespace retort {

using namespace mlir;

struct Matrix {
  float *allocated = nullptr, *aligned = nullptr;
  int64_t offset = 0, sizes[2], strides[2];
};

/// Constants of a function, by the place of its onnx.Constant.
using Constants = std::vector<ElementsAttr>;

class LinearFixture : public testing::TestWithParam<const char *> {
protected:
  LinearFixture() {
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
    if ((cpu == "x86-64-v3" && !(host.lookup("avx2") && host.lookup("fma"))) ||
        (cpu == "x86-64-v4" && !host.lookup("avx512vl")))
      GTEST_SKIP() << "this CPU is no " << GetParam();
  }

  ElementsAttr floats(ArrayRef<int64_t> shape, Type element, std::vector<double> &values) {
    auto type = RankedTensorType::get(shape, element);
    return onnx::makeConstant(type, "floats", [&](MutableArrayRef<char> bytes) {
      for (double &value : values) {
        APFloat number(value);
        bool inexact;
        number.convert(cast<FloatType>(element).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                       &inexact);
        uint64_t bits = number.bitcastToAPInt().getZExtValue();
        size_t width = element.getIntOrFloatBitWidth() / 8, i = &value - values.data();
        std::memcpy(bytes.data() + i * width, &bits, width);
        number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
        value = number.convertToDouble();
      }
    });
  }

  /// Codes packed as in ONNX.
  ElementsAttr integers(ArrayRef<int64_t> shape, IntegerType element,
                        const std::vector<double> &values) {
    auto type = RankedTensorType::get(shape, element);
    return onnx::makeConstant(type, "codes", [&](MutableArrayRef<char> bytes) {
      unsigned bits = element.getWidth();
      llvm::fill(bytes, 0);
      for (size_t i = 0; i < values.size(); ++i)
        bytes[i * bits / 8] |= char((int64_t(values[i]) & ((1 << bits) - 1)) << (i * bits % 8));
    });
  }

  std::vector<double> random(int64_t count, double low, double high, bool whole = false) {
    std::uniform_real_distribution<double> draw(low, high);
    std::vector<double> values(count);
    for (double &value : values)
      value = whole ? std::floor(draw(generator)) : draw(generator);
    return values;
  }

  /// Compiles a function of rows MxK; its constants are replaced by those given.
  void compile(const std::string &text, const Constants &constants) {
    weights.clear();
    // Masks agree with their values once these are there.
    module =
        parseSourceString<ModuleOp>(text, mlir::ParserConfig(&context, /*verifyAfterParse=*/false));
    ASSERT_TRUE(module);
    auto next = constants.begin();
    module->walk([&](onnx::ConstantOp op) { op->setAttr("value", *next++); });
    PassManager lower(&context), codegen(&context);
    buildLowerPipeline(lower);
    ASSERT_TRUE(succeeded(lower.run(*module)));
    for (WeightPlace place : layOutWeights(*module))
      weights.push_back(*onnx::ConstantView::of(Attribute(place.value)));
    CodegenOptions options;
    options.targetCpu = GetParam();
    options.numerics = numerics;
    options.portableSteps = portableSteps;
    buildCodegenPipeline(codegen, options);
    ASSERT_TRUE(succeeded(codegen.run(*module)));
    auto compiled = jitCompile(*module, EmitOptions{GetParam(), 2});
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    model = std::move(*compiled);
    main = reinterpret_cast<void (*)(void **)>(cantFail(model->lookup("retort_main")));
  }

  /// Calls the function on rows of `depth` numbers.
  std::vector<float> run(std::vector<float> &x, int64_t depth, int64_t columns) {
    int64_t rows = int64_t(x.size()) / depth;
    Matrix left{x.data(), x.data(), 0, {rows, depth}, {depth, 1}}, result;
    std::vector<std::array<int64_t, 9>> descriptors(weights.size());
    std::vector<void *> args{&left};
    for (auto &&[weight, place] : llvm::zip(weights, descriptors)) {
      RankedTensorType type = weight.type();
      auto data = int64_t(weight.bytes().data());
      place[0] = place[1] = data;
      place[2] = 0;
      int64_t rank = type.getRank(), stride = 1;
      for (int64_t axis = rank; axis-- > 0; stride *= type.getDimSize(axis)) {
        place[3 + axis] = type.getDimSize(axis);
        place[3 + rank + axis] = stride;
      }
      args.push_back(place.data());
    }
    args.push_back(&result);
    main(args.data());
    EXPECT_EQ(result.sizes[0], rows);
    EXPECT_EQ(result.sizes[1], columns);
    std::vector<float> y(result.aligned, result.aligned + rows * columns);
    free(result.allocated);
    return y;
  }

  /// What sums may be off by because rows are rounded, for the weight's column in `columns`.
  virtual double rounding(ArrayRef<float> row, ArrayRef<double> weight, int64_t column) const {
    return 0;
  }

  void compare(ArrayRef<float> x, ArrayRef<float> y, int64_t depth, int64_t columns,
               const std::vector<double> &weight) {
    for (int64_t i = 0; i < int64_t(y.size()) / columns; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double sum = 0, size = 0;
        for (int64_t k = 0; k < depth; ++k) {
          sum += double(x[i * depth + k]) * weight[k * columns + j];
          size += std::abs(double(x[i * depth + k]) * weight[k * columns + j]);
        }
        double off = rounding(x.slice(i * depth, depth), weight, j);
        ASSERT_NEAR(y[i * columns + j], sum, 2e-6 * size + off + 1e-30)
            << "row " << i << " of " << y.size() / columns << ", column " << j << " of " << columns;
      }
  }

  /// Calls the function on random rows and compares with sums in f64.
  void check(int64_t depth, int64_t columns, const std::vector<double> &weight,
             std::initializer_list<int64_t> counts = {1, 3, 4, 17, 64}) {
    for (int64_t rows : counts) {
      std::vector<double> exact = random(rows * depth, -1, 1);
      std::vector<float> x(exact.begin(), exact.end());
      compare(x, run(x, depth, columns), depth, columns, weight);
    }
  }

  /// A function of one product: `made` defines %w of type KxN.
  static std::string product(int64_t depth, int64_t columns, const std::string &made) {
    return llvm::formatv("func.func @main(%x: tensor<?x{0}xf32>) -> tensor<?x{1}xf32> {{\n{2}\n"
                         "  %y = onnx.MatMul(%x, %w) : (tensor<?x{0}xf32>, tensor<{0}x{1}xf32>) -> "
                         "tensor<?x{1}xf32>\n  return %y : tensor<?x{1}xf32>\n}",
                         depth, columns, made);
  }

  MLIRContext context;
  std::string numerics = "exact";
  bool portableSteps = false;
  std::mt19937 generator{1};
  OwningOpRef<ModuleOp> module;
  std::vector<onnx::ConstantView> weights;
  std::unique_ptr<JitModel> model;
  void (*main)(void **) = nullptr;
};

inline std::string constant(const std::string &name, const std::string &type) {
  bool isFloat = StringRef(type).ends_with("f32") || StringRef(type).ends_with("f16");
  return "  %" + name + " = onnx.Constant() {value = dense<" + (isFloat ? "0.0" : "0") +
         "> : tensor<" + type + ">} : () -> tensor<" + type + ">\n";
}

inline std::string dims(ArrayRef<int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += std::to_string(size) + "x";
  return text;
}

/// A weight: operations that define %w, the constants among them, and the numbers that it means.
struct WeightText {
  std::string made;
  Constants constants;
  std::vector<double> values;
};

#define RETORT_LINEAR_CPUS(suite)                                                                  \
  INSTANTIATE_TEST_SUITE_P(Cpus, suite,                                                            \
                           testing::Values("x86-64-v2", "x86-64-v3", "x86-64-v4", "native"),       \
                           [](auto &info) {                                                        \
                             std::string name = info.param;                                        \
                             llvm::replace(name, '-', '_');                                        \
                             return name;                                                          \
                           })

} // namespace retort

#endif
