// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// y[b, c, t] = bias[c] + sum over s <= t of h[c, t - s] x[b, c, s], the long convolution of Hyena
// (2302.10866, section 3), by the convolution theorem.
//
// Rows and filter of a channel are real, so both go through one complex transform, z = x + i h:
// with Z' the conjugate of Z at the negative frequency, X = (Z + Z') / 2 and H = (Z - Z') / 2i, and
//
//   X H = (Z^2 - Z'^2) / 4i
//
// Both are brought to a largest element of 1 before, so that neither drowns in the rounding of the
// other. The way back is a forward transform of the conjugate.
#include "lib/Lower/LongConvolution.h"

#include "dialects/Onnx/Constants.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/FastTransform.h"
#include "lib/Lower/Reduce.h"

using namespace mlir;
using namespace retort;

/// From so many taps on: below, sums over all of them take no longer.
static constexpr int64_t fewestTaps = 512;
/// Channels that are transformed side by side: two vectors of eight, and little enough that some
/// ten thousand rows of them stay in the cache.
static constexpr int64_t sideBySide = 16;

static bool isOne(std::optional<ArrayRef<int64_t>> numbers) {
  return !numbers || *numbers == ArrayRef<int64_t>{1};
}

/// Zeros that a node adds in front of the last of three axes; nullopt where it adds anything else.
static std::optional<int64_t> zerosInFront(onnx::PadOp pad) {
  auto sizes = integersOf(pad.getPads());
  Value fill = pad.getConstantValue();
  if (!sizes || pad.getMode() != "constant" || pad.getAxes() || sizes->size() != 6 ||
      (fill && scalarOf(fill) != 0.0) || (*sizes)[2] < 0)
    return std::nullopt;
  int64_t front = std::exchange((*sizes)[2], 0);
  bool isOther = llvm::any_of(*sizes, [](int64_t size) { return size != 0; });
  return isOther ? std::nullopt : std::optional(front);
}

Value retort::rowsOfLongConvolution(onnx::ConvOp op) {
  auto data = dyn_cast<RankedTensorType>(op.getX().getType());
  auto weight = dyn_cast<RankedTensorType>(op.getW().getType());
  if (!data || data.getRank() != 3 || !weight || !weight.hasStaticShape() ||
      weight.getDimSize(1) != 1 || weight.getDimSize(0) != op.getGroup())
    return {};
  int64_t taps = weight.getDimSize(2), front = 0, behind = 0;
  if (taps < fewestTaps || op.getAutoPad() != "NOTSET" || !isOne(op.getStrides()) ||
      !isOne(op.getDilations()) ||
      (op.getKernelShape() && *op.getKernelShape() != ArrayRef<int64_t>{taps}))
    return {};
  if (op.getPads() && op.getPads()->size() == 2)
    front = (*op.getPads())[0], behind = (*op.getPads())[1];
  Value rows = op.getX();
  if (auto pad = rows.getDefiningOp<onnx::PadOp>())
    if (auto added = zerosInFront(pad)) {
      front += *added;
      rows = pad.getData();
    }
  return front == taps - 1 && behind == 0 ? rows : Value();
}

namespace {
class LongConvolution {
public:
  LongConvolution(Emitter &e, onnx::ConvOp op, Value rows);
  Value run();

private:
  Value largest(Value tensor, int64_t axis);
  Signals signalsOf(Value batch, Value first, Value width);
  Signals product(Signals z, Value width);
  Value partOf(Value batch, Value first, Value width, Value out);
  Value scaled(Value x, Value largest);
  Value widened(Value x) { return e.narrow(e.widen(x), computed); }
  Value plane(Value flat, Value width) { return e.reshape(flat, {transform->points(), width}); }

  Emitter &e;
  onnx::ConvOp op;
  Type element, computed;
  Value data, filter, bias; ///< B x C x T, C x L, C
  Value batches, channels, rows, taps;
  Value dataScale, filterScale; ///< B x C, C
  std::optional<FastTransform> transform;
};
} // namespace

LongConvolution::LongConvolution(Emitter &e, onnx::ConvOp op, Value original)
    : e(e), op(op), element(resultElement(op)), computed(accumulatorType(e, element)),
      data(e.get(original)), bias(e.get(op.getB())) {
  batches = e.dim(data, 0);
  channels = e.index(op.getGroup());
  rows = e.dim(data, 2);
  e.require(e.equal(e.dim(data, 1), channels), op, "the weight's channels do not fit the input");
  if (bias)
    requireSizes(e, op, bias, channels, "the bias does not fit the weight");
  Value weight = e.get(op.getW()), all = e.dim(weight, 2);
  taps = e.min(all, rows);
  filter =
      e.slice(e.reshape(weight, {channels, all}), {e.index(0), e.sub(all, taps)}, {channels, taps});
}

/// Of what an axis has, without sign.
Value LongConvolution::largest(Value tensor, int64_t axis) {
  return reduceAxes(e, tensor, axis, e.zero(computed), [&](Value x, Value most) -> Value {
    return arith::MaximumFOp::create(e, math::AbsFOp::create(e, widened(x)), most);
  });
}

/// Where the largest is zero all are, and stay so.
Value LongConvolution::scaled(Value x, Value largest) {
  Value isZero = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, largest, e.zero(computed));
  return arith::DivFOp::create(e, widened(x), e.choose(isZero, e.real(1, computed), largest));
}

/// Rows and, as imaginary part, the taps, the last first: zeros behind both.
Signals LongConvolution::signalsOf(Value batch, Value first, Value width) {
  SmallVector<Value> all{transform->points(), width};
  Value zero = e.index(0);
  Value none = e.fill(all, e.zero(computed)), nothing = e.fill(all, e.zero(computed));
  Value part = e.slice(data, {batch, first, zero}, {e.index(1), width, rows});
  Value scales = e.slice(dataScale, {batch, first}, {e.index(1), width});
  Value re = e.map({rows, width}, computed,
                   {{e.reshape(part, {width, rows}), e.project(2, {1, 0})},
                    {e.reshape(scales, width), e.project(2, 1)}},
                   [&](ValueRange x) { return scaled(x[0], x[1]); });
  Value last = e.sub(taps, e.index(1));
  Value im = e.generate({taps, width}, computed, [&](ValueRange at) {
    Value channel = e.add(first, at[1]);
    return scaled(e.extract(filter, {channel, e.sub(last, at[0])}),
                  e.extract(filterScale, channel));
  });
  Value flat = e.mul(all[0], width);
  return {e.reshape(e.insert(re, none, {zero, zero}), flat),
          e.reshape(e.insert(im, nothing, {zero, zero}), flat)};
}

/// The conjugate of X H.
Signals LongConvolution::product(Signals z, Value width) {
  Value points = transform->points(), re = plane(z.re, width), im = plane(z.im, width);
  auto part = [&](bool isImaginary) {
    Value result = e.mapIndexed(
        {points, width}, computed, {{re, e.identity(2)}, {im, e.identity(2)}},
        [&](ValueRange at, ValueRange x) -> Value {
          Value opposite =
              arith::AndIOp::create(e, e.sub(points, at[0]), e.sub(points, e.index(1)));
          Value r = e.extract(re, {opposite, at[1]}), s = e.extract(im, {opposite, at[1]});
          auto times = [&](Value a, Value b) { return arith::MulFOp::create(e, a, b); };
          if (!isImaginary)
            return times(e.real(.5, computed),
                         arith::AddFOp::create(e, times(x[0], x[1]), times(r, s)));
          Value here = arith::SubFOp::create(e, times(x[0], x[0]), times(x[1], x[1]));
          Value there = arith::SubFOp::create(e, times(r, r), times(s, s));
          return times(e.real(.25, computed), arith::SubFOp::create(e, here, there));
        });
    return e.reshape(result, e.mul(points, width));
  };
  return {part(false), part(true)};
}

/// Writes the channels from `first` on.
Value LongConvolution::partOf(Value batch, Value first, Value width, Value out) {
  Signals z = transform->forward(signalsOf(batch, first, width), width);
  Value sums = plane(transform->forward(product(z, width), width).re, width);
  sums = e.slice(sums, {e.index(0), e.index(0)}, {rows, width});
  Value points = e.fromIndex(transform->points(), e.getI64Type());
  Value result = e.mapIndexed(
      {e.index(1), width, rows}, element, Access{sums, e.project(3, {2, 1})},
      [&](ValueRange at, ValueRange x) {
        Value channel = e.add(first, at[1]);
        Value scale = arith::MulFOp::create(e, e.extract(dataScale, {batch, channel}),
                                            e.extract(filterScale, channel));
        scale = arith::DivFOp::create(e, scale, arith::SIToFPOp::create(e, computed, points));
        Value y = arith::MulFOp::create(e, x[0], scale);
        if (bias)
          y = arith::AddFOp::create(e, y, widened(e.extract(bias, channel)));
        return e.narrow(y, element);
      });
  return e.insert(result, out, {batch, first, e.index(0)});
}

Value LongConvolution::run() {
  transform.emplace(e, e.sub(e.add(rows, taps), e.index(1)), computed);
  dataScale = largest(data, 2);
  filterScale = largest(filter, 1);
  SmallVector<Value> sizes = e.refine(op->getResult(0).getType(), {batches, channels, rows});
  Value side = e.index(std::min(sideBySide, int64_t(op.getGroup())));
  Value blocks = e.divide(e.add(channels, e.sub(side, e.index(1))), side);
  bool isWhole = op.getGroup() % *constantOf(side) == 0;
  auto block = [&](Value batch, Value i, Value out) {
    Value first = e.mul(i, side);
    Value width = isWhole ? side : e.min(side, e.sub(channels, first));
    return partOf(batch, first, width, out);
  };
  Value out = e.forEach({batches, blocks}, e.empty(sizes, element),
                        [&](ValueRange at, Value out) { return block(at[0], at[1], out); });
  return out;
}

Value retort::lowerLongConvolution(Emitter &e, onnx::ConvOp op, Value rows) {
  return LongConvolution(e, op, rows).run();
}
