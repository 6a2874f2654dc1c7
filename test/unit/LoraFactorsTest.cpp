// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Factors beside a weight, and each way to merge them: what the products give is x (W + s A B).
#include "lib/Compress/TuneLora/LoraStart.h"
#include "lib/Compress/TuneLora/LoraWeights.h"
#include "test/unit/TunedWeights.h"

#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class LoraFactors : public TunedWeights {
protected:
  static constexpr int64_t rank = 2;

  void train(int64_t group, bool swapped = false) {
    shape = {inputs, outputs, swapped};
    a = normals(size_t((inputs + group - 1) / group * rank), 3);
    b = normals(size_t(rank * outputs), 4);
    factors = {rank, group, a, b, 1.5};
  }
  /// s A B, inputs x outputs, as definitions have it.
  double productAt(int64_t k, int64_t n) const {
    double sum = 0;
    for (int64_t j = 0; j < rank; ++j)
      sum += double(a[k / factors.group * rank + j]) * b[j * outputs + n];
    return factors.scale * sum;
  }
  /// x (W + s A B) from x W.
  std::vector<double> expectedValues() {
    std::vector<double> result = values();
    auto function = *module->getOps<func::FuncOp>().begin();
    std::vector<float> x =
        onnx::ConstantView::of(function.front().front().getResult(0))->floats(0, rows * inputs);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t n = 0; n < outputs; ++n)
        for (int64_t k = 0; k < inputs; ++k)
          result[i * outputs + n] += x[i * inputs + k] * productAt(k, n);
    return result;
  }
  void expectMerged(FactorMerge how, double tolerance = 1e-5) {
    LinearWeight target = weight();
    EXPECT_EQ(whyNotMerged(target, how), "");
    std::vector<double> expected = expectedValues();
    mergeFactors(target, shape, factors, how);
    expectNear(values(), expected, tolerance);
  }
  template <typename Op> Op only() {
    SmallVector<Op> found;
    module->walk([&](Op op) { found.push_back(op); });
    EXPECT_EQ(found.size(), 1u);
    return found.front();
  }

  ProductShape shape;
  std::vector<float> a, b;
  Factors factors;
};
} // namespace

TEST_F(LoraFactors, StayBesideAPlainWeight) {
  read(constant("w", inputs, outputs, 2));
  train(1);
  expectMerged(FactorMerge::Keep);
  EXPECT_EQ(onnx::ConstantView::of(weight().op->getResult(0))->type().getDimSize(0), inputs);
}

TEST_F(LoraFactors, StayBesideATransposedWeight) {
  read(constant("w", outputs, inputs, 2), /*swapped=*/true);
  train(1, true);
  expectMerged(FactorMerge::Keep);
}

TEST_F(LoraFactors, StayBesideCodes) {
  read(codes());
  train(1);
  auto was = only<onnx::DequantizeLinearOp>().getX().getDefiningOp()->getAttr("value");
  expectMerged(FactorMerge::Keep);
  EXPECT_EQ(only<onnx::DequantizeLinearOp>().getX().getDefiningOp()->getAttr("value"), was);
}

TEST_F(LoraFactors, AreAPartOfAPlainWeight) {
  read(constant("w", inputs, outputs, 2));
  train(1);
  expectMerged(FactorMerge::Fold);
  only<onnx::MatMulOp>();
}

TEST_F(LoraFactors, AreAPartOfATransposedWeight) {
  read(constant("w", outputs, inputs, 2), /*swapped=*/true);
  train(1, true);
  expectMerged(FactorMerge::Fold);
}

/// QA-LoRA: exactly what zero points can take, the last group being shorter.
TEST_F(LoraFactors, AreAPartOfZeroPoints) {
  read(codes());
  EXPECT_EQ(zeroGroupOf(weight(), {inputs, outputs, false}), 3);
  train(3);
  LinearWeight target = weight();
  std::vector<float> before = target.floats();
  mergeFactors(target, shape, factors, FactorMerge::ZeroPoints);
  only<compress::DequantizeOp>();
  std::vector<float> after = weight().floats();
  for (int64_t k = 0; k < inputs; ++k)
    for (int64_t n = 0; n < outputs; ++n)
      EXPECT_NEAR(after[k * outputs + n], before[k * outputs + n] + productAt(k, n), 1e-5);
}

TEST_F(LoraFactors, AreAddedToZeroPoints) {
  read(codes("onnx.DequantizeLinear", 4,
             "%z = onnx.initializer \"z\" dense<[[1, 2, 0, -1], [0, 1, 1, 2], [3, 0, -2, 1]]> : "
             "tensor<3x4xi4>\n"));
  train(3);
  LinearWeight target = weight();
  std::vector<float> before = target.floats();
  mergeFactors(target, shape, factors, FactorMerge::ZeroPoints);
  std::vector<float> after = weight().floats();
  for (int64_t k = 0; k < inputs; ++k)
    for (int64_t n = 0; n < outputs; ++n)
      EXPECT_NEAR(after[k * outputs + n], before[k * outputs + n] + productAt(k, n), 1e-5);
}

/// Codes of the same width and groups, each value within half a step of the sum.
TEST_F(LoraFactors, AreRoundedWithTheirWeight) {
  for (const char *op : {"onnx.DequantizeLinear", "compress.dequantize"}) {
    bool isOnnx = StringRef(op).starts_with("onnx");
    read(codes(op, isOnnx ? 4 : 3));
    train(1);
    LinearWeight target = weight();
    EXPECT_EQ(whyNotMerged(target, FactorMerge::Requantize), "");
    std::vector<float> before = target.floats();
    Type code = target.op->getOperand(0).getType(), scales = target.op->getOperand(1).getType();
    mergeFactors(target, shape, factors, FactorMerge::Requantize);
    EXPECT_EQ(target.op->getName().getStringRef(), op);
    EXPECT_EQ(target.op->getOperand(0).getType(), code);
    EXPECT_EQ(target.op->getOperand(1).getType(), scales);
    std::vector<float> after = weight().floats(), off;
    double whole = 0, error = 0;
    for (int64_t i = 0; i < inputs * outputs; ++i) {
      double wanted = before[i] + productAt(i / outputs, i % outputs);
      whole += wanted * wanted;
      error += (after[i] - wanted) * (after[i] - wanted);
    }
    EXPECT_LT(std::sqrt(error / whole), isOnnx ? .06 : .12);
  }
}

TEST_F(LoraFactors, SaysWhatCannotTakeThem) {
  read(codes());
  EXPECT_EQ(whyNotMerged(weight(), FactorMerge::Fold),
            "is no plain constant: merge=keep leaves the factors beside it");
  read(constant("w", inputs, outputs, 2));
  EXPECT_EQ(whyNotMerged(weight(), FactorMerge::ZeroPoints),
            "is not codes times scales of groups of inputs, which zero points would be of: "
            "merge=keep leaves the factors beside it");
  read("%w = onnx.initializer \"w\" dense<0.0> : tensor<7x4xf32>\n");
  EXPECT_EQ(whyNotMerged(weight(), FactorMerge::Fold),
            "has zeros, which A B would fill: merge=keep leaves the factors beside it");
  std::string why;
  read(constant("w", inputs, outputs, 2));
  Operation *product = only<onnx::MatMulOp>();
  product->setOperand(0, product->getOperand(1));
  EXPECT_FALSE(productsOf(weight().op->getResult(0), why));
  EXPECT_EQ(why, "is not the second factor of 'onnx.MatMul'");
}

/// B begins with zeros: the student is the model, to the bit, and shares its constants.
TEST_F(LoraFactors, ChangeNothingAtTheStart) {
  for (int64_t group : {1, 3}) {
    read(codes());
    IRMapping map;
    Student student = studentOf(*module, map);
    LoraWeight each{weight(), {inputs, outputs, false}, FactorMerge::Keep, rank, group, 2};
    addFactors(student, map, each, 7);
    ASSERT_EQ(student.constants.size(), 2u);
    EXPECT_EQ(valuesOf(*student.module), values());
    Operation *copy = inStudent(map, each.weight.op);
    EXPECT_EQ(copy->getOperand(0).getDefiningOp()->getAttr("value"),
              each.weight.op->getOperand(0).getDefiningOp()->getAttr("value"));
    // With other numbers it is the merged model.
    train(group);
    factors.scale = 2;
    setNumbers(student.constants[0].op, a);
    setNumbers(student.constants[1].op, b);
    std::vector<double> expected = valuesOf(*student.module);
    LinearWeight target = weight();
    if (group == 1)
      mergeFactors(target, shape, factors, FactorMerge::Keep);
    expectNear(group == 1 ? values() : expectedValues(), expected);
  }
}

TEST(LoraStart, IsNormal) {
  std::vector<float> numbers = normalNumbers(7, "w", 20000, .5);
  double sum = 0, squares = 0, fourth = 0;
  for (double x : numbers) {
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / 20000, 0, .015);
  EXPECT_NEAR(squares / 20000, .25, .01);
  EXPECT_NEAR(fourth / 20000, 3 * .0625, .02);
  EXPECT_EQ(numbers, normalNumbers(7, "w", 20000, .5));
  EXPECT_NE(numbers[0], normalNumbers(8, "w", 1, .5)[0]);
  EXPECT_NE(numbers[0], normalNumbers(7, "v", 1, .5)[0]);
}
