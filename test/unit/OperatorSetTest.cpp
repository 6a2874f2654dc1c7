// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that a dialect brings: found by domain and name in the context, their versions, and
// what one scalar body says of an operation.
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "retort/Operation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace retort;
using onnx::Schema;

namespace {

/// y = x < limit ? exp(x) : x + limit, in the types of a body.
class BendOp : public Op<BendOp, OpTrait::OneResult, OpTrait::ZeroRegions, OpTrait::ZeroSuccessors,
                         OpTrait::VariadicOperands, onnx::ShapeInference::Trait,
                         onnx::InferBy<&onnx::inferBroadcast>::Impl, onnx::Evaluation::Trait,
                         onnx::EvaluateBy<&onnx::evaluateScalarBody>::Impl, ScalarBody::Trait> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(BendOp)
  using Op::Op;
  static StringRef getOperationName() { return "test.Bend"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static ParseResult parse(OpAsmParser &parser, OperationState &result) {
    return onnx::parseTypedOp(parser, result);
  }
  void print(OpAsmPrinter &printer) { onnx::printTypedOp(*this, printer); }

  Value buildScalar(OpBuilder &b, Location loc, ValueRange x) {
    if (isa<IntegerType>(x[0].getType()))
      return arith::MaxSIOp::create(b, loc, x[0], x[1]);
    Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x[0], x[1]);
    Value e = math::ExpOp::create(b, loc, x[0]), sum = arith::AddFOp::create(b, loc, x[0], x[1]);
    return arith::SelectOp::create(b, loc, below, e, sum);
  }
};

struct Operators : onnx::OperatorSet {
  using OperatorSet::OperatorSet;
  StringRef domain() const override { return "my.domain"; }
  ArrayRef<Schema> schemas() const override {
    static const onnx::Parameter one[] = {{"X"}}, two[] = {{"X"}, {"limit"}}, y[] = {{"Y"}};
    static const onnx::Parameter many[] = {{"X"}, {"rest", onnx::Occurrence::Variadic}};
    static const Schema all[] = {Schema::of("my.domain", "Bend", 1, one, y),
                                 Schema::of("my.domain", "Bend", 3, two, y),
                                 Schema::of("my.domain", "Join", 2, many, y)};
    return all;
  }
};

class TestDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestDialect)
  explicit TestDialect(MLIRContext *context)
      : Dialect("test", context, TypeID::get<TestDialect>()) {
    addOperations<BendOp>();
    addInterfaces<Operators>();
  }
  static StringRef getDialectNamespace() { return "test"; }
};

class OperatorSetOf : public testing::Test {
protected:
  OperatorSetOf() {
    DialectRegistry registry;
    registry.insert<onnx::OnnxDialect, func::FuncDialect>();
    registerOperators<TestDialect>(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<onnx::OnnxDialect, func::FuncDialect>();
  }
  func::FuncOp parse(const std::string &text) {
    module = parseSourceString<ModuleOp>(text, &context);
    return module ? *module->getOps<func::FuncOp>().begin() : func::FuncOp();
  }
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(OperatorSetOf, IsLoadedWithTheOnnxDialect) {
  EXPECT_TRUE(context.getLoadedDialect<TestDialect>());
  MLIRContext other;
  other.loadDialect<onnx::OnnxDialect>();
  EXPECT_FALSE(onnx::canonicalOpset(&other, "my.domain"));
  EXPECT_EQ(onnx::findSchema(&other, "my.domain", "Bend", 9), nullptr);
}

TEST_F(OperatorSetOf, HasVersions) {
  EXPECT_EQ(onnx::canonicalOpset(&context, "my.domain"), 3);
  EXPECT_EQ(onnx::schemaHistory(&context, "my.domain", "Bend").size(), 2u);
  EXPECT_EQ(onnx::findSchema(&context, "my.domain", "Bend", 2)->inputs().size(), 1u);
  EXPECT_EQ(onnx::findSchema(&context, "my.domain", "Bend", 3)->inputs().size(), 2u);
  EXPECT_EQ(onnx::findSchema(&context, "my.domain", "Join", 1), nullptr);
  EXPECT_EQ(onnx::findSchema(&context, "my.domain", "Fold", 3), nullptr);
  EXPECT_EQ(onnx::typedOpName(&context, "my.domain", "Bend"), "test.Bend");
  EXPECT_EQ(onnx::schemaOf(OperationName("test.Bend", &context))->version, 3);
}

TEST_F(OperatorSetOf, CountsParameters) {
  const Schema *join = onnx::findSchema(&context, "my.domain", "Join", 2);
  EXPECT_EQ(join->minInputs, 1);
  EXPECT_EQ(join->maxInputs, INT_MAX);
  EXPECT_EQ(join->maxOutputs, 1);
}

TEST_F(OperatorSetOf, LeavesTheStandardAlone) {
  EXPECT_EQ(onnx::findSchema(&context, "", "Relu", 13), onnx::findSchema("", "Relu", 13));
  EXPECT_EQ(onnx::typedOpName(&context, "com.microsoft", "Gelu"), "onnx.com.microsoft.Gelu");
}

constexpr auto bent = "func.func @f(%x: tensor<2x3xf32>, %y: tensor<1xf32>) -> tensor<*xf32> {"
                      "  %z = test.Bend(%x, %y) : (tensor<2x3xf32>, tensor<1xf32>) -> tensor<*xf32>"
                      "  return %z : tensor<*xf32> }";

TEST_F(OperatorSetOf, InfersAndEvaluatesByTheBody) {
  func::FuncOp function = parse(bent);
  ASSERT_TRUE(function);
  ASSERT_TRUE(succeeded(onnx::SymbolicDims().infer(function)));
  Operation *op = &function.getBody().front().front();
  EXPECT_EQ(op->getResult(0).getType(), RankedTensorType::get({2, 3}, Float32Type::get(&context)));
  Type f32 = Float32Type::get(&context);
  auto results = onnx::evaluate(op, {onnx::Tensor::floats(f32, {2, 3}, {-1, 0, 1, 2, 3, NAN}),
                                     onnx::Tensor::floats(f32, {1}, {2})});
  ASSERT_TRUE(succeeded(results));
  std::vector<double> numbers = results->front().numbers();
  EXPECT_NEAR(numbers[0], std::exp(-1.0), 1e-6);
  EXPECT_NEAR(numbers[2], std::exp(1.0), 1e-6);
  EXPECT_EQ(numbers[3], 4);
  EXPECT_EQ(numbers[4], 5);
  EXPECT_TRUE(std::isnan(numbers[5]));
}

TEST_F(OperatorSetOf, EvaluatesIntegersWithTheirSign) {
  func::FuncOp function =
      parse("func.func @f(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {"
            "  %z = test.Bend(%x, %y) : (tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>"
            "  return %z : tensor<2xi8> }");
  ASSERT_TRUE(function);
  Operation *op = &function.getBody().front().front();
  Type i8 = IntegerType::get(&context, 8);
  onnx::Tensor x = onnx::Tensor::ints(&context, {-5, 7}).cast(i8),
               y = onnx::Tensor::ints(&context, {-9, 9}).cast(i8);
  auto results = onnx::evaluate(op, {x, y});
  ASSERT_TRUE(succeeded(results));
  EXPECT_EQ(results->front().integers(), (SmallVector<int64_t>{-5, 9}));
}

} // namespace
