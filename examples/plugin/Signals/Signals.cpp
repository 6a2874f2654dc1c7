// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect, and the element-wise operator Snake.
//   %y = onnx.node "Snake"(%x, %alpha) in "my.domain"   <->   %y = signals.Snake(%x, %alpha)
#include "Signals/Signals.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;
using onnx::AttributeKind;
using onnx::Schema;

#include "Signals/SignalsDialect.cpp.inc"

#define GET_OP_CLASSES
#include "Signals/Signals.cpp.inc"

namespace {
/// What the domain has: the table that ONNX's schemas are for its own operators.
struct Operators : onnx::OperatorSet {
  using OperatorSet::OperatorSet;

  StringRef domain() const override { return "my.domain"; }
  ArrayRef<Schema> schemas() const override {
    static const onnx::Parameter snake[] = {{"X"}, {"alpha"}}, x[] = {{"X"}}, y[] = {{"Y"}};
    static const onnx::AttributeSchema energy[] = {{"size", "2 : i64", AttributeKind::Int}};
    static const Schema all[] = {Schema::of("my.domain", "Snake", 1, snake, y),
                                 Schema::of("my.domain", "GroupEnergy", 1, x, y, energy)};
    return all;
  }
};
} // namespace

void my::SignalsDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "Signals/Signals.cpp.inc"
      >();
  addInterfaces<Operators>();
}

Value my::SnakeOp::buildScalar(OpBuilder &b, Location loc, ValueRange elements) {
  Value x = elements[0], alpha = elements[1];
  Value wave = math::SinOp::create(b, loc, arith::MulFOp::create(b, loc, alpha, x));
  Value square = arith::MulFOp::create(b, loc, wave, wave);
  return arith::AddFOp::create(b, loc, x, arith::DivFOp::create(b, loc, square, alpha));
}

/// For whoever trains: with w = sin(2 alpha x), dx = dy (1 + w) and
/// dalpha = dy (x w - sin(alpha x)^2 / alpha) / alpha, where the last quotient is y - x.
LogicalResult my::SnakeOp::backward(Backward &backward) {
  OnnxBuilder &b = backward.build;
  Value x = getX(), alpha = getAlpha(), dy = backward.gradient();
  Value phase = b.multiply(b.multiply(alpha, x), b.number(2, getElementTypeOrSelf(x.getType())));
  Value wave = onnx::SinOp::create(b.raw(), getLoc(), phase.getType(), phase);
  backward.add(x, b.add(dy, b.multiply(dy, wave)));
  if (backward.isWanted(alpha))
    backward.add(
        alpha,
        b.divide(b.multiply(dy, b.subtract(b.multiply(x, wave), b.subtract(getY(), x))), alpha));
  return success();
}
