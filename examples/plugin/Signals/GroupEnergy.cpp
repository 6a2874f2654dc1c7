// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operator GroupEnergy, with a shape of its own:
//   %y = signals.GroupEnergy(%x) {size = 3 : i64} : (tensor<2x6xf32>) -> tensor<2x2xf32>
#include "Signals/Signals.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

/// As many groups as fit; their number may be known at run time alone.
LogicalResult my::GroupEnergyOp::inferShapes(onnx::SymbolicDims &dims) {
  std::optional<onnx::SymbolicShape> shape = dims.shape(getX());
  if (groupSize() < 1)
    return emitOpError() << "expects a 'size' of at least 1, found " << groupSize();
  if (shape && shape->empty())
    return emitOpError("expects an operand of rank 1 or more, found a scalar");
  if (shape)
    shape->back() = dims.floorDivide(shape->back(), groupSize());
  dims.set(getY(), getElementTypeOrSelf(getX().getType()), shape);
  return success();
}

onnx::Evaluated my::GroupEnergyOp::evaluate(ArrayRef<onnx::Tensor> inputs) {
  const onnx::Tensor &x = inputs[0];
  int64_t size = groupSize();
  if (!x.isFloat() || x.rank() == 0 || size < 1 || x.shape().back() % size != 0)
    return failure();
  SmallVector<int64_t> shape(x.shape());
  shape.back() /= size;
  onnx::Tensor y = onnx::Tensor::zeros(x.element(), shape);
  if (!y)
    return failure();
  MutableArrayRef<onnx::Cell> sums = y.writable();
  for (int64_t i = 0; i < x.size(); ++i)
    sums[i / size].f += x.number(i) * x.number(i);
  return SmallVector<onnx::Tensor>{y.round()};
}

/// Rows stay apart unless they lie along the last axis, where neighbours meet.
bool my::GroupEnergyOp::keepsRows(onnx::Rows &rows) {
  return rows.row(0) == rows.result && rows.result != rows.rank(0) - 1;
}

/// One loop nest over the groups and over the elements of each.
FailureOr<SmallVector<Value>> my::GroupEnergyOp::lowerToLinalg(OpBuilder &builder,
                                                               ValueRange operands,
                                                               ArrayRef<SmallVector<Value>> sizes) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  auto type = cast<RankedTensorType>(operands[0].getType());
  auto real = dyn_cast<FloatType>(type.getElementType());
  if (!real)
    return emitOpError() << "expects floats, found " << type;
  int64_t rank = type.getRank(), last = rank - 1;
  AffineExpr group = b.getAffineDimExpr(last), member = b.getAffineDimExpr(rank);
  SmallVector<AffineExpr> read, write;
  for (int64_t axis = 0; axis < last; ++axis)
    read.push_back(b.getAffineDimExpr(axis));
  write = read;
  read.push_back(group * groupSize() + member);
  write.push_back(group);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);

  Value size = arith::ConstantIndexOp::create(b, groupSize());
  SmallVector<OpFoldResult> shape(sizes[0].begin(), sizes[0].end());
  shape.back() = b.createOrFold<arith::DivUIOp>(sizes[0].back(), size);
  // The domain of the loops: a tensor that is never read gives the number of members.
  Value members = tensor::EmptyOp::create(b, ArrayRef<int64_t>{groupSize()}, real);
  Value zero = arith::ConstantOp::create(b, b.getFloatAttr(real, 0));
  Value start = tensor::EmptyOp::create(b, shape, real);
  start = linalg::FillOp::create(b, zero, start).getResult(0);
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(rank + 1, 0, exprs, b.getContext());
  };
  auto sums =
      linalg::GenericOp::create(b, start.getType(), ValueRange{operands[0], members}, start,
                                ArrayRef{map(read), map({member}), map(write)}, loops,
                                [](OpBuilder &nested, Location loc, ValueRange x) {
                                  Value square = arith::MulFOp::create(nested, loc, x[0], x[0]);
                                  Value sum = arith::AddFOp::create(nested, loc, x[2], square);
                                  linalg::YieldOp::create(nested, loc, sum);
                                });
  return SmallVector<Value>{sums.getResult(0)};
}

/// dx = 2 x dy, each dy for its group; what is left over behind the last group has none.
LogicalResult my::GroupEnergyOp::backward(Backward &backward) {
  OnnxBuilder &b = backward.build;
  Value x = getX(), dy = backward.gradient();
  SmallVector<int64_t> shape(shapeOf(x)), groups(shapeOf(dy)), all(groups);
  int64_t rank = int64_t(shape.size()), left = shape.back() - groups.back() * groupSize();
  groups.push_back(groupSize());
  all.back() *= groupSize();
  Value each = b.reshape(b.expand(b.unsqueeze(dy, {rank}), b.integers(groups)), all);
  if (left > 0) {
    SmallVector<int64_t> pads(2 * rank, 0);
    pads.back() = left;
    each = b.pad(each, b.integers(pads));
  }
  Value twice = b.multiply(x, b.number(2, getElementTypeOrSelf(x.getType())));
  backward.add(x, b.multiply(twice, each));
  return success();
}
