// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that leave the elements and their order as they are.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

/// The tensor with new sizes; small ones keep their known elements.
static Value withSizes(Emitter &e, Operation *op, Value data, ArrayRef<Value> computed) {
  SmallVector<Value> sizes = e.refine(op->getResult(0).getType(), computed);
  RankedTensorType type = e.typeFor(sizes, elementType(data));
  if (Emitter::isSmall(type) && Emitter::isSmall(data.getType()) &&
      type.getNumElements() == tensorType(data).getNumElements())
    return e.fromScalars(type, e.scalars(data));
  return e.reshape(data, sizes);
}

/// The sizes with those that the result is known to have. What stands for -1 is checked by the
/// product of all.
static SmallVector<Value> refineAsked(Emitter &e, Type result, ArrayRef<Value> asked) {
  SmallVector<Value> sizes(asked);
  auto type = cast<RankedTensorType>(result);
  if (type.getRank() != int64_t(sizes.size()))
    return sizes;
  for (auto [size, known] : llvm::zip(sizes, type.getShape())) {
    if (ShapedType::isDynamic(known))
      continue;
    Value fixed = e.index(known);
    if (constantOf(size) != -1)
      e.require(e.either(e.equal(size, fixed), e.equal(size, e.index(-1))),
                ("expects the declared size " + Twine(known)).str());
    size = fixed;
  }
  return sizes;
}

/// A size of 0 copies the input's (unless allowzero), -1 is what remains.
static Value lowerReshape(Emitter &e, onnx::ReshapeOp op) {
  Value data = e.get(op.getData());
  auto given = sizesFrom(
      e, op, e.get(op.getShape()),
      RankedTensorType::get(
          SmallVector<int64_t>(cast<RankedTensorType>(op->getResult(0).getType()).getRank(),
                               ShapedType::kDynamic),
          e.getF32Type()));
  if (failed(given))
    return {};
  Value zero = e.index(0), minusOne = e.index(-1);
  SmallVector<Value> sizes = *given;
  if (!op.getAllowzero())
    for (auto [i, size] : llvm::enumerate(sizes))
      if (int64_t(i) < rankOf(data) && (constantOf(size) == 0 || !isNeverNegative(size)))
        size = e.choose(e.equal(size, zero), e.dim(data, i), size);
  SmallVector<Value> known = refineAsked(e, op->getResult(0).getType(), sizes);
  Value count = e.product(e.dims(data));
  // Sizes that may be -1: the rest divided among them, of which there is at most one.
  SmallVector<Value> others;
  SmallVector<Value *> unknown;
  for (Value &size : known) {
    bool isRest = constantOf(size) == -1;
    if (!isNeverNegative(size))
      unknown.push_back(&size);
    if (!isRest)
      others.push_back(isNeverNegative(size) ? size
                                             : e.choose(e.equal(size, minusOne), e.index(1), size));
  }
  if (!unknown.empty()) {
    Value divisor = e.product(others);
    bool isSafe = constantOf(divisor).value_or(0) > 0;
    Value rest =
        unknown.size() == 1 && constantOf(*unknown[0]) == -1 ? e.quotient(count, divisor) : Value();
    if (!rest || rest.getDefiningOp<arith::DivSIOp>())
      rest = e.divide(count, isSafe ? divisor : e.max(divisor, e.index(1)));
    for (Value *size : unknown)
      *size = constantOf(*size) == -1 ? rest : e.choose(e.equal(*size, minusOne), rest, *size);
  }
  e.requireNotNegative(known);
  Value target = e.product(known);
  if (target != count)
    e.requireFit(known); // so that the products that are compared do not wrap
  return withSizes(e, op, data, known);
}

static Value lowerFlatten(Emitter &e, onnx::FlattenOp op) {
  Value data = e.get(op.getInput());
  SmallVector<Value> sizes = e.dims(data);
  int64_t axis = frontAxis(op.getAxis(), rankOf(data));
  ArrayRef<Value> all(sizes);
  return withSizes(e, op, data, {e.product(all.take_front(axis)), e.product(all.drop_front(axis))});
}

static Value lowerSqueeze(Emitter &e, onnx::SqueezeOp op) {
  Value data = e.get(op.getData());
  int64_t kept = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  Value one = e.index(1);
  if (op.getAxes()) {
    NamedAxes axes(e, op, e.get(op.getAxes()), rankOf(data));
    Value fits = e.equal(e.add(axes.count(), e.index(kept)), e.index(rankOf(data)));
    e.require(fits, op, "the number of axes is not the one that is declared");
    for (int64_t axis = 0; axis < rankOf(data); ++axis) {
      Value isOne = e.equal(e.dim(data, axis), one), no = e.integer(0, e.getI1Type());
      e.require(e.either(isOne, e.equal(axes.contains(axis), no)), op,
                "the squeezed size is not 1");
    }
    return withSizes(e, op, data, axes.drop(e.dims(data), kept));
  }
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < rankOf(data); ++axis)
    if (tensorType(data).getDimSize(axis) != 1)
      sizes.push_back(e.dim(data, axis));
  return withSizes(e, op, data, sizes);
}

static Value lowerUnsqueeze(Emitter &e, onnx::UnsqueezeOp op) {
  Value data = e.get(op.getData());
  int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  NamedAxes axes(e, op, e.get(op.getAxes()), rank);
  axes.requireDistinct();
  e.require(e.equal(e.add(axes.count(), e.index(rankOf(data))), e.index(rank)), op,
            "the number of axes is not the one that is declared");
  return withSizes(e, op, data, axes.add(e.dims(data)));
}

/// N x C x H x W with C = b b D (DCR) or D b b (CRD)   ->   N x D x (H b) x (W b).
static Value lowerDepthToSpace(Emitter &e, onnx::DepthToSpaceOp op) {
  Value data = e.get(op.getInput()), b = e.index(op.getBlocksize());
  SmallVector<Value> s = e.dims(data);
  Value depth = e.divide(s[1], e.mul(b, b));
  bool depthLast = op.getMode() == "DCR";
  Value split = depthLast ? e.reshape(data, {s[0], b, b, depth, s[2], s[3]})
                          : e.reshape(data, {s[0], depth, b, b, s[2], s[3]});
  Value moved =
      depthLast ? e.transpose(split, {0, 3, 4, 1, 5, 2}) : e.transpose(split, {0, 1, 4, 2, 5, 3});
  return e.reshape(
      moved, e.refine(op->getResult(0).getType(), {s[0], depth, e.mul(s[2], b), e.mul(s[3], b)}));
}

static Value lowerSpaceToDepth(Emitter &e, onnx::SpaceToDepthOp op) {
  Value data = e.get(op.getInput()), b = e.index(op.getBlocksize());
  SmallVector<Value> s = e.dims(data);
  Value rows = e.divide(s[2], b), columns = e.divide(s[3], b);
  Value split = e.reshape(data, {s[0], s[1], rows, b, columns, b});
  bool depthLast = op.getMode() == "DCR";
  Value moved =
      depthLast ? e.transpose(split, {0, 3, 5, 1, 2, 4}) : e.transpose(split, {0, 1, 3, 5, 2, 4});
  return e.reshape(
      moved, e.refine(op->getResult(0).getType(), {s[0], e.product({s[1], b, b}), rows, columns}));
}

void retort::addReshapeLowerings(Lowering &lowering) {
  lowering.add(lowerReshape);
  lowering.add(lowerFlatten);
  lowering.add(lowerSqueeze);
  lowering.add(lowerUnsqueeze);
  lowering.add(lowerDepthToSpace);
  lowering.add(lowerSpaceToDepth);
}
