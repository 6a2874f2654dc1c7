// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lines of operations claim, held against what the evaluator computes: where an operation
// is linear, its results add up; where it moves operands, its results hold nothing else.
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort::onnx;

namespace {

class Meaning : public testing::Test {
protected:
  Meaning() { context.loadDialect<func::FuncDialect, OnnxDialect>(); }

  /// The first operation of a function with these operands that is none of its constants.
  Operation *parse(const std::string &arguments, const std::string &body) {
    module = parseSourceString<ModuleOp>("func.func @f(" + arguments + ") { " + body + " return }",
                                         &context);
    if (!module)
      return nullptr;
    auto function = *module->getOps<func::FuncOp>().begin();
    return &function.getBody().front().front();
  }

  /// Operands of different elements, all numbers from `first` on.
  SmallVector<Tensor> operands(Operation *op, double first) {
    SmallVector<Tensor> tensors;
    for (Value slot : operandSlots(op)) {
      if (!slot) {
        tensors.push_back({});
        continue;
      }
      auto type = cast<RankedTensorType>(slot.getType());
      Tensor tensor = Tensor::zeros(type.getElementType(), type.getShape());
      for (Cell &cell : tensor.writable()) {
        if (tensor.isFloat())
          cell.f = first++;
        else
          cell.i = 0;
      }
      tensors.push_back(tensor);
    }
    return tensors;
  }

  static Tensor sum(const Tensor &a, const Tensor &b) {
    Tensor result = a;
    for (auto [i, cell] : llvm::enumerate(result.writable()))
      cell.f += b.number(i);
    return result;
  }

  /// f(a + b) = f(a) + f(b) in the operands of `slots`, while the others stay.
  void expectLinear(Operation *op, uint64_t slots) {
    SmallVector<Tensor> a = operands(op, 1), b = operands(op, 20), both = a;
    for (auto [i, tensor] : llvm::enumerate(both)) {
      if (hasSlot(slots, i))
        tensor = sum(a[i], b[i]);
      else
        b[i] = a[i];
    }
    Evaluated ofA = evaluate(op, a), ofB = evaluate(op, b), ofBoth = evaluate(op, both);
    ASSERT_TRUE(succeeded(ofA) && succeeded(ofB) && succeeded(ofBoth));
    for (int64_t i = 0; i < ofBoth->front().size(); ++i)
      EXPECT_NEAR(ofBoth->front().number(i), ofA->front().number(i) + ofB->front().number(i), 1e-3);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr auto matrices = "%x: tensor<2x3xf32>, %y: tensor<2x3xf32>";

TEST_F(Meaning, SumsAreLinearInAllOperandsTogether) {
  for (const char *name : {"Add", "Sub", "Sum"}) {
    Operation *op = parse(matrices, std::string("%z = onnx.") + name +
                                        "(%x, %y) : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
                                        "tensor<2x3xf32>");
    ASSERT_TRUE(op);
    auto linearity = cast<Linearity>(op);
    EXPECT_TRUE(linearity.isLinearIn(3));
    EXPECT_FALSE(linearity.isLinearIn(1)); // affine
    expectLinear(op, 3);
  }
}

TEST_F(Meaning, ProductsAreLinearInEachOperand) {
  for (const char *name : {"Mul", "MatMul"}) {
    Operation *op = parse("%x: tensor<3x3xf32>, %y: tensor<3x3xf32>",
                          std::string("%z = onnx.") + name +
                              "(%x, %y) : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>");
    ASSERT_TRUE(op);
    auto linearity = cast<Linearity>(op);
    for (uint64_t slot : {1, 2}) {
      EXPECT_TRUE(linearity.isLinearIn(slot));
      expectLinear(op, slot);
    }
    EXPECT_FALSE(linearity.isLinearIn(3));
    EXPECT_FALSE(linearity.isLinearIn(0));
  }
}

TEST_F(Meaning, QuotientsAreLinearInTheDividendAlone) {
  Operation *op = parse(matrices, "%z = onnx.Div(%x, %y) : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
                                  "tensor<2x3xf32>");
  ASSERT_TRUE(op);
  EXPECT_TRUE(cast<Linearity>(op).isLinearIn(1));
  EXPECT_FALSE(cast<Linearity>(op).isLinearIn(2));
  expectLinear(op, 1);
}

TEST_F(Meaning, MovementHoldsElementsOfMovedOperandsAlone) {
  const std::pair<const char *, const char *> cases[] = {
      {"%x: tensor<2x3xf32>", "onnx.Transpose(%x) : (tensor<2x3xf32>) -> tensor<3x2xf32>"},
      {"%x: tensor<2x3xf32>", "onnx.Identity(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>"},
      {"%x: tensor<2x3xf32>", "onnx.Flatten(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>"},
      {matrices, "onnx.Concat(%x, %y) {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
                 "tensor<4x3xf32>"},
      {"%x: tensor<2x3xf32>, %i: tensor<2xi64>",
       "onnx.Gather(%x, %i) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>"},
      {"%x: tensor<2x3xf32>, %i: tensor<1x1xi64>, %u: tensor<1x3xf32>",
       "onnx.ScatterND(%x, %i, %u) : (tensor<2x3xf32>, tensor<1x1xi64>, tensor<1x3xf32>) -> "
       "tensor<2x3xf32>"},
      {"%c: tensor<2x3xi1>, %x: tensor<2x3xf32>, %y: tensor<2x3xf32>",
       "onnx.Where(%c, %x, %y) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> "
       "tensor<2x3xf32>"}};
  for (auto [arguments, text] : cases) {
    Operation *op = parse(arguments, std::string("%z = ") + text);
    ASSERT_TRUE(op) << text;
    auto movement = cast<Movement>(op);
    SmallVector<Tensor> inputs = operands(op, 1);
    Evaluated results = evaluate(op, inputs);
    ASSERT_TRUE(succeeded(results)) << text;
    std::set<double> moved;
    for (auto [slot, tensor] : llvm::enumerate(inputs))
      if (movement.movesOperand(slot))
        for (double number : tensor.numbers())
          moved.insert(number);
    for (double number : results->front().numbers())
      EXPECT_TRUE(moved.count(number)) << text;
    if (movesAll(op))
      EXPECT_EQ(std::set<double>(moved).size(), size_t(results->front().size())) << text;
  }
}

TEST_F(Meaning, SlotsAreCountedWithOmittedOperands) {
  Operation *op = parse("%x: tensor<2x3xf32>, %most: tensor<f32>",
                        "%z = onnx.Clip(%x, _, %most) : (tensor<2x3xf32>, tensor<f32>) -> "
                        "tensor<2x3xf32>");
  ASSERT_TRUE(op);
  EXPECT_EQ(operandSlots(op).size(), 3u);
  EXPECT_EQ(elementKindOf(op), ElementKind::Arithmetic);
  EXPECT_FALSE(movementOf(op));
}

TEST_F(Meaning, StatesGoFromOperandsToResults) {
  Operation *op =
      parse("%q: tensor<1x3x8xf32>, %p: tensor<1x2x4x4xf32>",
            "%z:2 = onnx.LinearAttention(%q, %q, %q, %p) {kv_num_heads = 2 : i64, q_num_heads = 2 "
            ": i64} : "
            "(tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x2x4x4xf32>) -> "
            "(tensor<1x3x8xf32>, tensor<1x2x4x4xf32>)");
  ASSERT_TRUE(op);
  EXPECT_EQ(cast<StateCarrier>(op).nextStateSlot(3), 1);
  EXPECT_EQ(cast<StateCarrier>(op).nextStateSlot(0), -1);
}

} // namespace
