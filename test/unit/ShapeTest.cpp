// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The algebra of sizes, and the analysis that uses it.
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort::onnx;

namespace {

const Polynomial a = Polynomial::atom(0), b = Polynomial::atom(1);

TEST(Polynomial, IsCanonical) {
  EXPECT_EQ(a * b, b * a);
  EXPECT_EQ((a + b) * (a - b), a * a - b * b);
  EXPECT_TRUE((a - a).isZero());
  EXPECT_EQ((a + 3 - a).constant(), 3);
  EXPECT_EQ(a.soleAtom(), 0u);
  EXPECT_EQ((a + 1).soleAtom(), std::nullopt);
}

TEST(Polynomial, DividesExactlyOrNotAtAll) {
  EXPECT_EQ((a * b * 64).dividedBy(a * b * 8), Polynomial(8));
  EXPECT_EQ((a * a - b * b).dividedBy(a + b), a - b);
  EXPECT_EQ((a * b).dividedBy(a + 1), std::nullopt);
  EXPECT_EQ((a * 3).dividedBy(2), std::nullopt);
  EXPECT_EQ(a.dividedBy(0), std::nullopt);
}

TEST(Polynomial, Evaluates) {
  EXPECT_EQ((a * b + 2).evaluate([](unsigned atom) { return std::optional<int64_t>(atom + 3); }),
            14);
  EXPECT_EQ(a.evaluate([](unsigned) { return std::optional<int64_t>(); }), std::nullopt);
}

TEST(SymbolicDims, KeepsNamesShort) {
  SymbolicDims dims;
  Polynomial size = dims.named("a"), other = dims.named("b");
  for (int layer = 0; layer < 64; ++layer)
    size = *dims.broadcast(size, size * other);
  EXPECT_LT(dims.text(size).size(), 250u);
  // The same key is the same size, by whatever name.
  EXPECT_EQ(dims.broadcast(size, size * other), dims.broadcast(size, size * other));
  EXPECT_NE(dims.broadcast(size, size * other), dims.broadcast(size, other));
}

TEST(SymbolicDims, KnowsEqualSizes) {
  MLIRContext context;
  context.loadDialect<func::FuncDialect, OnnxDialect>();
  auto module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: tensor<?x?xf32> {onnx.dims = ["b", "s"]}, %p: tensor<?x?xf32> {onnx.dims = ["b", "past"]},
                 %q: tensor<?x?xf32> {onnx.dims = ["", ""]}) -> tensor<*xf32> {
      %y = onnx.Concat(%p, %x) {axis = 1 : i64} : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<*xf32>
      return %y : tensor<*xf32>
    })",
                                            &context);
  auto function = *module->getOps<func::FuncOp>().begin();
  SymbolicDims dims(function);
  Value x = function.getArgument(0), p = function.getArgument(1), q = function.getArgument(2);
  Value y = function.getBody().front().getTerminator()->getOperand(0);
  EXPECT_TRUE(dims.sameDim(x, 0, p, 0));
  EXPECT_FALSE(dims.sameDim(x, 1, p, 1));
  EXPECT_FALSE(dims.sameDim(q, 0, q, 1));
  EXPECT_EQ(dims.dim(y, 1), dims.dim(x, 1) + dims.dim(p, 1));
  EXPECT_EQ(dims.less(dims.dim(x, 1), dims.dim(y, 1) + 1), true);
  EXPECT_EQ(dims.equal(dims.dim(x, 0), Polynomial(-1)), false);
  EXPECT_EQ(dims.equal(dims.dim(x, 0), Polynomial(1)), std::nullopt);

  auto shapes = concreteShapes(function, {{2, 3}, {2, 4}, {1, 1}});
  EXPECT_EQ(shapes[y], (SmallVector<int64_t>{2, 7}));
  EXPECT_TRUE(isa<RankedTensorType>(y.getType()));
  EXPECT_TRUE(cast<RankedTensorType>(y.getType()).isDynamicDim(1));
}

} // namespace
