// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of matrix products.
//   Y = A B   ->   dA = dY B', dB = sum over rows A' dY
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

static Value swapped(OnnxBuilder &build, Value value) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(shapeOf(value).size()));
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return build.transpose(value, order);
}

/// All axes but the last as one: the rows of a product with a plain matrix.
static Value asRows(OnnxBuilder &build, Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  if (shape.size() == 2)
    return value;
  int64_t width = shape.back(), count = 1;
  for (int64_t size : shape.drop_back())
    count *= size;
  return build.reshape(value, {count, width});
}

/// What ONNX adds to vectors is a matter of shape alone.
static LogicalResult matMulGradient(onnx::MatMulOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value a = op.getA(), b = op.getB(), dy = backward.gradient();
  bool isRow = shapeOf(a).size() == 1, isColumn = shapeOf(b).size() == 1;
  if (isColumn) {
    b = build.unsqueeze(b, {1});
    dy = build.unsqueeze(dy, {int64_t(shapeOf(dy).size())});
  }
  if (isRow) {
    a = build.unsqueeze(a, {0});
    dy = build.unsqueeze(dy, {int64_t(shapeOf(dy).size()) - 1});
  }
  bool isPlain = shapeOf(b).size() == 2;
  if (backward.isWanted(op.getA())) {
    Value da = build.product(dy, swapped(build, b));
    backward.add(op.getA(),
                 isRow ? build.reshape(backward.sumTo(da, shapeOf(a)), shapeOf(op.getA())) : da);
  }
  if (backward.isWanted(op.getB())) {
    Value db = isPlain ? build.product(swapped(build, asRows(build, a)), asRows(build, dy))
                       : build.product(swapped(build, a), dy);
    backward.add(op.getB(),
                 isColumn ? build.reshape(backward.sumTo(db, shapeOf(b)), shapeOf(op.getB())) : db);
  }
  return success();
}

/// Of op(A) op(B), whose result has the gradient `dy`: what op transposes, the order of a product
/// does.
static void addTransposable(Backward &backward, Value a, bool transA, Value b, bool transB,
                            Value dy) {
  OnnxBuilder &build = backward.build;
  auto turned = [&](Value value, bool isTurned) {
    return isTurned ? swapped(build, value) : value;
  };
  if (backward.isWanted(a))
    backward.add(a, transA ? build.product(turned(b, transB), swapped(build, dy))
                           : build.product(dy, turned(b, !transB)));
  if (backward.isWanted(b))
    backward.add(b, transB ? build.product(swapped(build, dy), turned(a, transA))
                           : build.product(turned(a, !transA), dy));
}

/// Y = alpha op(A) op(B)
static LogicalResult fusedMatMulGradient(onnx::MicrosoftFusedMatMulOp op, Backward &backward) {
  if (op.getTransBatchA() || op.getTransBatchB())
    return backward.refuse("has no gradient where the axes of the batch are transposed");
  if (shapeOf(op.getA()).size() < 2 || shapeOf(op.getB()).size() < 2)
    return backward.refuse("expects operands of rank 2 or more");
  addTransposable(backward, op.getA(), op.getTransA(), op.getB(), op.getTransB(),
                  Term(backward.gradient(), backward.build) * double(op.getAlpha()));
  return success();
}

/// Y = alpha op(A) op(B) + beta C
template <typename Op> static LogicalResult addGemm(Op op, Term dy, Backward &backward) {
  double alpha = op.getAlpha(), beta = op.getBeta();
  addTransposable(backward, op.getA(), op.getTransA(), op.getB(), op.getTransB(),
                  alpha == 1 ? dy : dy * alpha);
  if (op.getC())
    backward.add(op.getC(), beta == 1 ? dy : dy * beta);
  return success();
}

static LogicalResult gemmGradient(onnx::GemmOp op, Backward &backward) {
  return addGemm(op, Term(backward.gradient(), backward.build), backward);
}

/// The slope of an activation at z, where y is its value.
static std::optional<Term> slopeOf(onnx::MicrosoftFusedGemmOp op, Term z, Term y) {
  StringRef name = op.getActivation().value_or("");
  auto parameter = [&](StringRef which, double missing) {
    auto given = op->getAttrOfType<FloatAttr>(("activation_" + which).str());
    return given ? given.getValueAsDouble() : missing;
  };
  auto above = [&](Term below) { return z.isAbove(0).choose(z.number(1), below); };
  if (name == "Relu")
    return above(z.number(0));
  if (name == "LeakyRelu")
    return above(z.number(parameter("alpha", .01)));
  if (name == "Elu")
    return above(y + parameter("alpha", 1));
  if (name == "Sigmoid")
    return y * (1 - y);
  if (name == "Tanh")
    return 1 - y * y;
  if (name == "Softplus")
    return sigmoid(z);
  return std::nullopt;
}

/// Y = activation(alpha op(A) op(B) + beta C)
static LogicalResult fusedGemmGradient(onnx::MicrosoftFusedGemmOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Term dy(backward.gradient(), build);
  if (!op.getActivation().value_or("").empty()) {
    OpBuilder &raw = build.raw();
    Value z = onnx::GemmOp::create(raw, op.getLoc(), op.getResult().getType(), op.getA(), op.getB(),
                                   op.getC(), op.getAlphaAttr(), op.getBetaAttr(),
                                   raw.getI64IntegerAttr(op.getTransA()),
                                   raw.getI64IntegerAttr(op.getTransB()));
    auto slope = slopeOf(op, Term(z, build), Term(op.getResult(), build));
    if (!slope)
      return backward.refuse("has no gradient with the activation '" + *op.getActivation() + "'");
    dy = dy * *slope;
  }
  return addGemm(op, dy, backward);
}

namespace retort {
void addContractionRules(GradientRules &rules) {
  rules.add<onnx::MatMulOp>(matMulGradient);
  rules.add<onnx::MicrosoftFusedMatMulOp>(fusedMatMulGradient);
  rules.add<onnx::GemmOp>(gemmGradient);
  rules.add<onnx::MicrosoftFusedGemmOp>(fusedGemmGradient);
}
} // namespace retort
