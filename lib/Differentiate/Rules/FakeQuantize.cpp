// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of fake quantization: rounding is flat, so it is defined, not derived.
//
//   straight through: dx = dy
//   learned (LSQ, 1902.08153, eq. 3; LSQ+, 2004.09576, eq. 5), with v = x / s + z:
//     dx = dy where lo < v < hi, else 0
//     ds = k sum dy (round(v) - v inside; lo - z or hi - z outside), k = 1 / sqrt(n hi)
//     dz = -s sum dy outside, 0 inside
//
// Of levels round(v) is y / s, and lo and hi are -1 and 1.
//
// Sums go over what shares a scale: a blocked axis is seen as two, filled up with zeros of dy where
// the last block is shorter.
#include "dialects/Compress/FakeQuantize.h"
#include "dialects/Compress/Compress.h"
#include "lib/Differentiate/GradientRules.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;

namespace {
/// How an operand lies when the blocked axis of the input is two.
class Blocks {
public:
  Blocks(FakeQuantizeOp op, OnnxBuilder &build)
      : build(build), axis(op.blockedAxis()), rank(int64_t(shapeOf(op.getInput()).size())) {
    if (axis < 0)
      return;
    length = shapeOf(op.getInput())[axis];
    block = std::min<int64_t>(op.getBlockSize(), length);
    missing = int64_t(llvm::divideCeil(length, block)) * block - length;
  }

  /// The input, or what has its shape.
  Value split(Value value) {
    if (axis < 0)
      return value;
    if (missing > 0) {
      SmallVector<int64_t> pads(2 * rank);
      pads[rank + axis] = missing;
      value = build.pad(value, build.integers(pads));
    }
    SmallVector<int64_t> shape(shapeOf(value));
    shape[axis] = (length + missing) / block;
    shape.insert(shape.begin() + axis + 1, block);
    return build.reshape(value, shape);
  }
  Value join(Value value) {
    if (axis < 0)
      return value;
    SmallVector<int64_t> shape(shapeOf(value));
    shape[axis] = length + missing;
    shape.erase(shape.begin() + axis + 1);
    value = build.reshape(value, shape);
    return missing > 0 ? build.slice(value, axis, 0, length) : value;
  }
  /// Scales: one of each block.
  Value of(Value table) {
    SmallVector<int64_t> shape(shapeOf(table));
    if (axis < 0)
      return table;
    shape.insert(shape.begin() + (axis - rank + int64_t(shape.size())) + 1, 1);
    return build.reshape(table, shape);
  }

private:
  OnnxBuilder &build;
  int64_t axis, rank, length = 0, block = 0, missing = 0;
};
} // namespace

static LogicalResult learnedGradient(FakeQuantizeOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Blocks blocks(op, build);
  auto term = [&](Value value) { return Term(value, build); };
  double low = double(op.lowest()), high = double(op.highest());
  Term x = term(blocks.split(op.getInput())), dy = term(blocks.split(backward.gradient()));
  Term s = term(blocks.of(compress::asStored(build, op.getScale(), op.getScaleType())));
  Term z = s.number(0);
  if (Value zero = op.getZeroPoint()) {
    Value code = term(blocks.of(zero)).apply<onnx::RoundOp>();
    z = term(build.minimum(build.maximum(code, z.number(low)), z.number(high)));
  }
  Term quotient = x / s, v = quotient + z;
  Term isAbove = !v.isBelow(high), isBelow = !v.isAbove(low), zeros = dy.number(0);
  auto byPlace = [&](Term inside, Term below, Term above) {
    return isAbove.choose(above, isBelow.choose(below, inside));
  };
  backward.add(op.getInput(), blocks.join(byPlace(dy, zeros, zeros)));
  auto give = [&](Value table, Term gradient) {
    Value sum = backward.sumTo(gradient, shapeOf(blocks.of(table)));
    backward.add(table, build.reshape(sum, shapeOf(table)));
  };
  if (backward.isWanted(op.getScale())) {
    double k = 1 / std::sqrt(double(op.elementsOfScale()) * high);
    Term rounded =
        op.getLadder() ? term(blocks.split(op.getResult())) / s : quotient.apply<onnx::RoundOp>();
    Term rest = rounded - quotient;
    give(op.getScale(), dy * byPlace(rest, low - z, high - z) * k);
  }
  if (backward.isWanted(op.getZeroPoint()))
    give(op.getZeroPoint(), byPlace(zeros, -(dy * s), -(dy * s)));
  return success();
}

static LogicalResult fakeQuantizeGradient(FakeQuantizeOp op, Backward &backward) {
  if (op.getLearned())
    return learnedGradient(op, backward);
  backward.add(op.getInput(), backward.gradient());
  return success();
}

namespace retort {
void addFakeQuantizeRules(GradientRules &rules) { rules.add<FakeQuantizeOp>(fakeQuantizeGradient); }
} // namespace retort
