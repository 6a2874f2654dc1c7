// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales that are trained by their logarithms: what the student computes is what is written back.
#include "lib/Compress/TuneScales/ScaledCodes.h"
#include "test/unit/TunedWeights.h"

#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class ScaledCodesTest : public TunedWeights {
protected:
  /// The values of a student whose logarithms and shifts are these, and of what they become.
  void expectWrittenBack(bool shifts, double tolerance = 1e-5) {
    std::string why;
    auto codes = ScaledCodes::of(weight(), why);
    ASSERT_TRUE(codes) << why;
    IRMapping map;
    Student student = studentOf(*module, map);
    std::vector<float> zeros(codes->numbers().size());
    Operation *before = inStudent(map, codes->scales);
    Value log = addTrained(student, before, "log", codes->shape(), zeros),
          shift = shifts ? addTrained(student, before, "shift", codes->shape(), zeros) : Value();
    std::vector<double> start = values();
    scaleInStudent(*codes, inStudent(map, codes->dequantize), log, shift);
    EXPECT_EQ(valuesOf(*student.module), start);
    std::vector<float> logs = normals(zeros.size(), 5), moved = normals(zeros.size(), 6);
    for (float &each : logs)
      each /= 4;
    setNumbers(log.getDefiningOp(), logs);
    if (shifts)
      setNumbers(shift.getDefiningOp(), moved);
    std::vector<double> trained = valuesOf(*student.module);
    Attribute data = codes->dequantize->getOperand(0).getDefiningOp()->getAttr("value");
    std::vector<float> was = weight().floats();
    setNumbers(codes->scales, scaledBy(codes->numbers(), logs));
    Operation *op = shifts ? shiftZeros(*codes, moved) : codes->dequantize;
    EXPECT_EQ(op->getOperand(0).getDefiningOp()->getAttr("value"), data);
    EXPECT_NE(weight().floats(), was);
    // The numbers of the weight, since no evaluator knows zero points that are floats.
    std::vector<float> numbers = weight().floats();
    auto function = *module->getOps<func::FuncOp>().begin();
    std::vector<float> x =
        onnx::ConstantView::of(function.front().front().getResult(0))->floats(0, rows * inputs);
    std::vector<double> expected(rows * outputs);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t n = 0; n < outputs; ++n)
        for (int64_t k = 0; k < inputs; ++k)
          expected[i * outputs + n] += double(x[i * inputs + k]) * numbers[k * outputs + n];
    expectNear(trained, expected, tolerance);
  }
};
} // namespace

/// Groups of 3 of 7 inputs: the last is shorter.
TEST_F(ScaledCodesTest, AreThoseOfGroups) {
  read(codes());
  expectWrittenBack(false);
}

TEST_F(ScaledCodesTest, HaveZeroPoints) {
  read(codes("onnx.DequantizeLinear", 4,
             "%z = onnx.initializer \"z\" dense<[[1, 2, 0, -1], [0, 1, 1, 2], [3, 0, -2, 1]]> : "
             "tensor<3x4xi4>\n"));
  expectWrittenBack(false);
  read(codes("onnx.DequantizeLinear", 4,
             "%z = onnx.initializer \"z\" dense<[[1, 2, 0, -1], [0, 1, 1, 2], [3, 0, -2, 1]]> : "
             "tensor<3x4xi4>\n"));
  expectWrittenBack(true);
}

TEST_F(ScaledCodesTest, GetZeroPoints) {
  read(codes());
  expectWrittenBack(true);
}

TEST_F(ScaledCodesTest, AreThoseOfOutputs) {
  std::string text = codes();
  text = text.substr(0, text.find("%s = "));
  read(text + "%s = onnx.initializer \"w_scale\" dense<[0.5, 0.25, 0.125, 1.0]> : tensor<4xf32>\n"
              "%w = onnx.DequantizeLinear(%q, %s) {axis = 1 : i64} : (tensor<7x4xi4>, "
              "tensor<4xf32>) -> tensor<7x4xf32>\n");
  expectWrittenBack(true);
}

TEST_F(ScaledCodesTest, AreOne) {
  std::string text = codes();
  text = text.substr(0, text.find("%s = "));
  read(text + "%s = onnx.initializer \"w_scale\" dense<0.5> : tensor<f32>\n"
              "%w = onnx.DequantizeLinear(%q, %s) : (tensor<7x4xi4>, tensor<f32>) -> "
              "tensor<7x4xf32>\n");
  expectWrittenBack(true);
}

/// Scales of f16 that are cast: written back in f16.
TEST_F(ScaledCodesTest, AreHalves) {
  std::string text = codes();
  text = text.substr(0, text.find("%s = "));
  read(text +
       "%h = onnx.initializer \"w_scale\" dense<[[0.5, 0.25, 0.125, 1.0], [0.75, 0.5, 1.5, 0.25], "
       "[1.0, 1.0, 0.5, 0.25]]> : tensor<3x4xf16>\n"
       "%s = onnx.Cast(%h) {to = 1 : i64} : (tensor<3x4xf16>) -> tensor<3x4xf32>\n"
       "%w = onnx.DequantizeLinear(%q, %s) {axis = 0 : i64, block_size = 3 : i64} : "
       "(tensor<7x4xi4>, tensor<3x4xf32>) -> tensor<7x4xf32>\n");
  expectWrittenBack(false, 2e-2);
  std::string why;
  EXPECT_TRUE(cast<RankedTensorType>(ScaledCodes::of(weight(), why)->scales->getResult(0).getType())
                  .getElementType()
                  .isF16());
}

TEST_F(ScaledCodesTest, AreNoneOfNumbers) {
  read(constant("w", inputs, outputs, 2));
  std::string why;
  EXPECT_FALSE(ScaledCodes::of(weight(), why));
  EXPECT_EQ(why, "is not made of codes");
}
