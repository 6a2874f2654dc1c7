// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a student computes with and what is written in the place of its weights are the same
// numbers, to the bit: whatever training made of weights, scales and zero points.
#include "dialects/Onnx/Evaluate/Cone.h"
#include "lib/Compress/QuantizeAware/FakeWeight.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Weights/Remark.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
constexpr int64_t inputs = 20, outputs = 13;

class QuantizeAware : public testing::Test {
protected:
  QuantizeAware() {
    registerDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// A product with a matrix that lies either way.
  void parse(StringRef element, bool isSwapped) {
    std::vector<float> weights = normals(size_t(inputs * outputs), 3);
    int64_t rows = isSwapped ? outputs : inputs, columns = inputs + outputs - rows;
    std::string numbers;
    for (int64_t i = 0; i < rows; ++i) {
      numbers += i ? ", [" : "[";
      for (int64_t k = 0; k < columns; ++k)
        numbers += (k ? ", " : "") + std::to_string(weights[size_t(i * columns + k)]);
      numbers += "]";
    }
    std::string text = llvm::formatv(
        R"mlir(func.func @main(%x: tensor<?x20x{0}>) -> tensor<?x13x{0}> {{
  %w = onnx.initializer "w" dense<[{1}]> : tensor<{2}x{3}x{0}>
  %y = onnx.Gemm(%x, %w) {{transB = {4} : i64} : (tensor<?x20x{0}>, tensor<{2}x{3}x{0}>) -> tensor<?x13x{0}>
  %z = onnx.Relu(%y) : (tensor<?x13x{0}>) -> tensor<?x13x{0}>
  return %z : tensor<?x13x{0}>
})mlir",
        element, numbers, rows, columns, isSwapped ? 1 : 0);
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
  }

  static Value factorIn(ModuleOp module) {
    Value result;
    module.walk([&](onnx::GemmOp product) { result = product.getB(); });
    return result;
  }

  /// The numbers that the student computes with, and those that are written.
  void compare(const CodeForm &form, bool isLearned, bool isTrained) {
    auto weights = selectLinearWeights(*module, "test", "", "");
    ASSERT_TRUE(succeeded(weights));
    ASSERT_EQ(weights->size(), 1u);
    FakeWeight fake(weights->front(), form);
    if (isLearned) {
      GroupedMatrix matrix = form.matrixOf(weights->front());
      matrix.roundToNearest(/*search=*/true);
      fake.learnFrom(matrix);
    }
    IRMapping map;
    Student student = studentOf(*module, map);
    trainConstants(student, map, {weights->front().op});
    fake.insert(student, 0);
    std::vector<std::vector<float>> values;
    for (auto [number, constant] : llvm::enumerate(student.constants)) {
      auto view = *onnx::ConstantView::of(constant.op->getResult(0));
      std::vector<float> numbers = view.floats(0, view.size());
      std::vector<float> noise = normals(numbers.size(), unsigned(7 + number));
      for (size_t i = 0; isTrained && i < numbers.size(); ++i)
        numbers[i] += noise[i] * (number == 0 ? .1f : number == 1 ? .01f : 1.f);
      setNumbers(constant.op, numbers);
      values.push_back(numbers);
    }
    onnx::Cone cone;
    auto used = cone.evaluate(factorIn(*student.module));
    ASSERT_TRUE(succeeded(used)) << cone.reason().str();
    if (!isTrained)
      values.clear();
    fake.write(values, "test");
    auto written = compress::WeightExpression::of(factorIn(*module));
    ASSERT_TRUE(written && written->isQuantized());
    auto element = cast<FloatType>(written->type().getElementType());
    for (int64_t i = 0; i < written->size(); ++i)
      ASSERT_EQ(float(used->number(i)), roundTo(element, written->at(i))) << i;
  }

  DialectRegistry registry;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(QuantizeAware, WritesWhatTheStudentComputesWith) {
  for (StringRef element : {"f32", "f16"})
    for (bool isSwapped : {false, true})
      for (int64_t bits : {2, 3, 4, 8})
        for (int64_t group : {0, 3, 4, 64})
          for (bool symmetric : {true, false})
            for (bool halfScales : {false, true})
              for (bool isLearned : {false, true})
                for (bool isTrained : {false, true}) {
                  SCOPED_TRACE(
                      llvm::formatv("{0}{1} bits={2} group={3} symmetric={4} half={5} learned={6} "
                                    "trained={7}",
                                    element, isSwapped ? " swapped" : "", bits, group, symmetric,
                                    halfScales, isLearned, isTrained)
                          .str());
                  parse(element, isSwapped);
                  compare({{unsigned(bits), symmetric}, group, false, halfScales}, isLearned,
                          isTrained);
                  if (HasFatalFailure())
                    return;
                }
}

/// Without training, fixed scales are those of round-to-nearest, and learned ones begin in its
/// codes.
TEST_F(QuantizeAware, BeginsWhereTheQuantizerEnds) {
  for (int64_t group : {3, 4, 64}) {
    parse("f32", /*isSwapped=*/false);
    auto weights = selectLinearWeights(*module, "test", "", "");
    ASSERT_TRUE(succeeded(weights));
    CodeForm form{{3, true}, group};
    GroupedMatrix matrix = form.matrixOf(weights->front());
    matrix.roundToNearest(/*search=*/true);
    FakeWeight fake(weights->front(), form);
    fake.learnFrom(matrix);
    fake.write({}, "test");
    auto written = *compress::WeightExpression::of(factorIn(*module));
    for (int64_t n = 0; n < outputs; ++n)
      for (int64_t k = 0; k < inputs; ++k)
        ASSERT_EQ(written.at(k * outputs + n), matrix.valueAt(n, k));
  }
}
