// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// DFT, by its definition, as products with tables of cosines and sines: what is long is a
// convolution mostly, and becomes one before. For N points, with x of the rows that are there:
//
//   forward      y[k] = sum over n of x[n] (cos(a) - i sin(a)),  a = 2 pi ((k n) mod N) / N
//   inverse      y[n] = sum over k of x[k] (cos(a) + i sin(a)) / N
//   one-sided, inverse: real y; x[k] counts twice where the half that is left out has its conjugate
#include "lib/Lower/Fourier.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Fourier/Fourier.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class DftLowering {
public:
  DftLowering(Emitter &e, onnx::DFTOp op)
      : e(e), op(op), inverse(op.getInverse() != 0), onesided(op.getOnesided() != 0),
        computed(elementType(op.getInput()).isF64() ? e.getF64Type() : e.getF32Type()) {}
  LogicalResult run();

private:
  std::optional<int64_t> axis();
  Value table(bool isSine);
  Value transformed(Value part, Value table);
  Value partOf(Value rows, int64_t i);
  Value asReal(Value index) {
    return scalar::convert(e, e.fromIndex(index, e.getI64Type()), e.getI64Type(), computed);
  }

  Emitter &e;
  onnx::DFTOp op;
  bool inverse, onesided;
  Type computed;
  Value outer, rows, given, points, made; // points of the transform, of the input, of the result
};
} // namespace

/// made x given.
Value DftLowering::table(bool isSine) {
  return e.generate({made, given}, computed, [&](ValueRange at) -> Value {
    Value turns = arith::RemUIOp::create(e, e.mul(at[0], at[1]), points);
    Value angle = arith::MulFOp::create(e, arith::DivFOp::create(e, asReal(turns), asReal(points)),
                                        e.real(2 * M_PI, computed));
    Value wave = isSine ? math::SinOp::create(e, angle).getResult()
                        : math::CosOp::create(e, angle).getResult();
    if (!inverse)
      return wave;
    Value weight = arith::DivFOp::create(e, e.real(1, computed), asReal(points));
    if (onesided) {
      Value twice = e.mul(at[1], e.index(2));
      Value alone = e.either(e.equal(at[1], e.index(0)), e.equal(twice, points));
      weight = arith::MulFOp::create(e, weight,
                                     e.choose(alone, e.real(1, computed), e.real(2, computed)));
    }
    return arith::MulFOp::create(e, wave, weight);
  });
}

/// Real or imaginary parts: outer x given.
Value DftLowering::partOf(Value all, int64_t i) {
  Value part = e.slice(all, {e.index(0), e.index(0), e.index(i)}, {outer, given, e.index(1)});
  return e.reshape(part, {outer, given});
}

Value DftLowering::transformed(Value part, Value table) {
  Contraction sum; // loops: outer, made, given
  sum.sizes = {outer, made, given};
  sum.operands = {{part, {0, 2}}, {table, {1, 2}}};
  sum.result = {0, 1};
  sum.order = {0, 1, 2};
  return contract(e, sum, computed);
}

/// nullopt where it is not constant.
std::optional<int64_t> DftLowering::axis() {
  int64_t rank = rankOf(e.get(op.getInput()));
  if (!op.getAxis())
    return rank - 2;
  auto known = integersOf(op.getAxis());
  if (!known || known->size() != 1)
    return std::nullopt;
  return known->front() < 0 ? known->front() + rank : known->front();
}

LogicalResult DftLowering::run() {
  Value data = e.get(op.getInput());
  int64_t rank = rankOf(data);
  std::optional<int64_t> along = axis();
  if (!along)
    return op.emitOpError("has no lowering for an axis that is not constant");
  auto parts = constantOf(e.dim(data, rank - 1));
  if (!parts || (*parts != 1 && *parts != 2))
    return op.emitOpError("expects a last axis of one or two elements, found ")
           << cast<RankedTensorType>(op.getInput().getType());
  bool isReal = *parts == 1;
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  order.erase(order.begin() + *along);
  order.insert(order.end() - 1, *along);
  Value moved = e.transpose(data, order);
  SmallVector<Value> sizes = e.dims(moved);
  Value all = sizes[rank - 2];
  if (op.getDftLength())
    points = e.toIndex(e.scalars(e.get(op.getDftLength()))[0]);
  else if (onesided && inverse)
    points = e.mul(e.sub(all, e.index(1)), e.index(2));
  else
    points = all;
  e.require(e.less(e.index(0), points), op, "transforms no points");
  Value half = e.add(e.divide(points, e.index(2)), e.index(1));
  given = e.min(all, onesided && inverse ? half : points);
  made = onesided && !inverse ? half : points;
  outer = e.product(ArrayRef<Value>(sizes).drop_back(2));
  Value flat = e.reshape(moved, {outer, all, sizes[rank - 1]});
  Value cosines = table(false), sines = table(true), real = partOf(flat, 0);
  Value realPart = transformed(real, cosines), imaginaryPart = transformed(real, sines);
  Value sign = e.real(inverse ? 1 : -1, computed);
  SmallVector<Access> reads{{realPart, e.project(3, {0, 1})},
                            {imaginaryPart, e.project(3, {0, 1})}};
  if (!isReal) {
    Value imaginary = partOf(flat, 1);
    reads.push_back({transformed(imaginary, cosines), e.project(3, {0, 1})});
    reads.push_back({transformed(imaginary, sines), e.project(3, {0, 1})});
  }
  Type element = elementType(op.getOutput());
  Value out =
      e.mapIndexed({outer, made, e.index(onesided && inverse ? 1 : 2)}, element, reads,
                   [&](ValueRange at, ValueRange x) -> Value {
                     // (xr + i xi) (cos + sign i sin)
                     Value re = x[0], im = arith::MulFOp::create(e, sign, x[1]);
                     if (!isReal) {
                       re = arith::SubFOp::create(e, re, arith::MulFOp::create(e, sign, x[3]));
                       im = arith::AddFOp::create(e, im, x[2]);
                     }
                     return e.narrow(e.choose(e.equal(at[2], e.index(0)), re, im), element);
                   });
  sizes[rank - 2] = made;
  sizes[rank - 1] = e.index(onesided && inverse ? 1 : 2);
  SmallVector<int64_t> back(rank);
  for (int64_t i = 0; i < rank; ++i)
    back[order[i]] = i;
  e.set(op.getOutput(), e.transpose(e.reshape(out, sizes), back));
  return success();
}

static LogicalResult lowerDft(Emitter &e, onnx::DFTOp op) { return DftLowering(e, op).run(); }

void retort::addFourierLowerings(Lowering &lowering) { lowering.add(lowerDft); }
