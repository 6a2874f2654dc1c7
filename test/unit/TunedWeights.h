// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A product of a constant with a weight that a text makes, for tests of what stands beside weights.
#ifndef RETORT_TEST_UNIT_TUNEDWEIGHTS_H
#define RETORT_TEST_UNIT_TUNEDWEIGHTS_H

#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Evaluate/Cone.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Weights/LinearWeights.h"
#include "test/unit/RandomNumbers.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/InterleavedRange.h"

#include <gtest/gtest.h>

namespace retort {

class TunedWeights : public testing::Test {
protected:
  static constexpr int64_t rows = 3, inputs = 7, outputs = 4;

  TunedWeights() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<mlir::func::FuncDialect, onnx::OnnxDialect, compress::CompressDialect>();
  }

  static std::string dense(llvm::ArrayRef<float> numbers, int64_t first, int64_t second) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "dense<[";
    for (int64_t i = 0; i < first; ++i)
      stream << (i ? ", [" : "[") << llvm::interleaved(numbers.slice(i * second, second)) << "]";
    stream << "]> : tensor<" << first << "x" << second << "xf32>";
    return text;
  }

  static std::string constant(const std::string &name, int64_t first, int64_t second,
                              unsigned seed) {
    std::vector<float> numbers = normals(size_t(first * second), seed);
    for (float &number : numbers)
      number = float(2 * std::lround(number * 64) + 1) / 128; // as text says it, and not 0
    return "%" + name + " = onnx.initializer \"" + name + "\" " + dense(numbers, first, second) +
           "\n";
  }

  /// x W with W of inputs x outputs as `text` makes it, or of its transpose.
  void read(const std::string &text, bool swapped = false) {
    std::string shape = swapped ? "4x7" : "7x4",
                product = swapped ? "%t = onnx.Transpose(%w) {perm = array<i64: 1, 0>} : "
                                    "(tensor<4x7xf32>) -> tensor<7x4xf32>\n"
                                  : "";
    module = mlir::parseSourceString<mlir::ModuleOp>(
        "func.func @main() -> tensor<3x4xf32> {\n" + constant("x", rows, inputs, 1) + text +
            product + "%y = onnx.MatMul(%x, " + (swapped ? "%t" : "%w") +
            ") : (tensor<3x7xf32>, tensor<7x4xf32>) -> tensor<3x4xf32>\n"
            "return %y : tensor<3x4xf32>\n}",
        &context);
    ASSERT_TRUE(bool(module));
  }
  /// Codes of 4 bits, with scales of groups of 3 of the 7 inputs.
  static std::string codes(const std::string &op = "onnx.DequantizeLinear", int bits = 4,
                           const std::string &zeros = "") {
    std::string text = "%q = onnx.initializer \"w_quantized\" dense<[",
                type = "i" + std::to_string(bits);
    for (int64_t i = 0; i < inputs; ++i) {
      text += i ? ", [" : "[";
      for (int64_t k = 0; k < outputs; ++k)
        text += (k ? ", " : "") + std::to_string((i * 5 + k * 3) % 7 - 3);
      text += "]";
    }
    text += "]> : tensor<7x4x" + type + ">\n";
    text +=
        "%s = onnx.initializer \"w_scale\" dense<[[0.5, 0.25, 0.125, 1.0], [0.75, 0.5, 1.5, 0.25], "
        "[1.0, 1.0, 0.5, 0.25]]> : tensor<3x4xf32>\n";
    text += zeros + "%w = " + op + "(%q, %s" + (zeros.empty() ? "" : ", %z") +
            ") {axis = 0 : i64, block_size = 3 : i64, onnx.outputs = [\"w\"]} : (tensor<7x4x" +
            type + ">, tensor<3x4xf32>" + (zeros.empty() ? "" : ", tensor<3x4x" + type + ">") +
            ") -> tensor<7x4xf32>\n";
    return text;
  }

  LinearWeight weight() {
    auto found = selectLinearWeights(*module, "test", "^w$", "");
    EXPECT_TRUE(succeeded(found) && found->size() == 1);
    return found->front();
  }

  static std::vector<double> valuesOf(mlir::ModuleOp module) {
    auto function = *module.getOps<mlir::func::FuncOp>().begin();
    std::string why;
    auto tensor =
        onnx::evaluateCone(function.front().getTerminator()->getOperand(0),
                           llvm::DenseMap<mlir::Value, onnx::Tensor>(), onnx::Cone::Shapes(), &why);
    EXPECT_TRUE(succeeded(tensor)) << why;
    return succeeded(tensor) ? tensor->numbers() : std::vector<double>();
  }
  std::vector<double> values() { return valuesOf(*module); }

  static void expectNear(llvm::ArrayRef<double> found, llvm::ArrayRef<double> expected,
                         double tolerance = 1e-5) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], tolerance) << i;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace retort

#endif
