// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of another dialect whose own lowering is wrong: the operation is named, and what was
// expected of it.
#include "lib/Plugin/RegisterDialects.h"
#include "retort/Operation.h"
#include "retort/Pipeline.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;

namespace {
/// A body that compares where it should compute.
class ComparesOp
    : public Op<ComparesOp, OpTrait::OneResult, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
                OpTrait::VariadicOperands, ScalarBody::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ComparesOp)
  using Op::Op;
  static StringRef getOperationName() { return "broken.Compares"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  Value buildScalar(OpBuilder &b, Location loc, ValueRange x) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x[0], x[1]);
  }
};

/// A lowering to no value, where its operand is one row, and else to one of another rank.
class FlattensOp
    : public Op<FlattensOp, OpTrait::OneResult, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
                OpTrait::VariadicOperands, LinalgLowering::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FlattensOp)
  using Op::Op;
  static StringRef getOperationName() { return "broken.Flattens"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  FailureOr<SmallVector<Value>> lowerToLinalg(OpBuilder &b, ValueRange operands,
                                              ArrayRef<SmallVector<Value>>) {
    if (cast<RankedTensorType>(operands[0].getType()).getDimSize(0) == 1)
      return SmallVector<Value>();
    SmallVector<ReassociationIndices> all{{0, 1}};
    return SmallVector<Value>{
        tensor::CollapseShapeOp::create(b, (*this)->getLoc(), operands[0], all)};
  }
};

class BrokenDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BrokenDialect)
  explicit BrokenDialect(MLIRContext *context)
      : Dialect("broken", context, TypeID::get<BrokenDialect>()) {
    addOperations<ComparesOp, FlattensOp>();
  }
  static StringRef getDialectNamespace() { return "broken"; }
};

/// What the lowering says of `body`, which computes %y of 2x3 numbers.
std::string errorOf(const std::string &body) {
  DialectRegistry registry;
  registerDialects(registry);
  registry.insert<BrokenDialect>();
  MLIRContext context(registry);
  context.disableMultithreading();
  context.loadDialect<BrokenDialect>();
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said += said.empty() ? diagnostic.str() : "";
    return success();
  });
  auto module = parseSourceString<ModuleOp>(
      "func.func @main(%x: tensor<2x3xf32>, %row: tensor<1x3xf32>) -> tensor<2x3xf32> { " + body +
          " return %y : tensor<2x3xf32> }",
      &context);
  PassManager pm(&context);
  buildLowerPipeline(pm);
  EXPECT_TRUE(module && failed(pm.run(*module)));
  return said;
}
} // namespace

TEST(LowersItself, RefusesABodyOfAnotherType) {
  EXPECT_EQ(errorOf("%y = \"broken.Compares\"(%x, %x) : (tensor<2x3xf32>, tensor<2x3xf32>) -> "
                    "tensor<2x3xf32>"),
            "'broken.Compares' op expects a body that gives 'f32', found one that gives 'i1'");
}

TEST(LowersItself, RefusesAnotherNumberOfValues) {
  EXPECT_EQ(errorOf("%y = \"broken.Flattens\"(%row) : (tensor<1x3xf32>) -> tensor<2x3xf32>"),
            "'broken.Flattens' op expects a lowering to 1 values, found one to 0");
}

TEST(LowersItself, RefusesValuesOfAnotherType) {
  EXPECT_EQ(errorOf("%y = \"broken.Flattens\"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>"),
            "'broken.Flattens' op expects a lowering to 'tensor<2x3xf32>', found one to "
            "'tensor<6xf32>'");
}
