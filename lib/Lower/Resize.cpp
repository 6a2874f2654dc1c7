// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize, one axis after the other: tables say which places of the data a place of the result is
// made of, and with which weights.
//   first  = [f(0), f(1), ...]              where the neighbours of each place begin
//   weight = [[w(0, 0), w(0, 1)], ...]      of each neighbour
//   result[.., i, ..] = sum over k of weight[i, k] * data[.., clamp(first[i] + k), ..]
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/ResizeAxes.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

namespace {
struct Resizer {
  Resizer(Emitter &e, onnx::ResizeOp op, ArrayRef<ResizedAxis> axes)
      : e(e), op(op), axes(axes), reals{e}, element(elementType(op->getResult(0))),
        numbers(element.isF64() ? Type(element) : Type(e.getF32Type())) {}

  Value nearest(Value data);
  Value interpolated(Value data);

private:
  Value coordinates(const ResizedAxis &axis);
  Value coordinate(const ResizedAxis &axis, Value i);
  Value isOutside(const ResizedAxis &axis, Value coordinate);
  Value nearestPlace(Value coordinate);
  Value inside(const ResizedAxis &axis, Value place);
  Value radius(const ResizedAxis &axis);
  Value weightOf(Value distance);
  Value cubic(Value distance);
  Value weights(const ResizedAxis &axis, Value coordinates, Value first);
  Value sumAlong(Value from, int64_t along, Value first, Value weights);
  Value finished(Value sum, int64_t along, Value weights, Value coordinates);
  Value toElement(Value number);

  Emitter &e;
  onnx::ResizeOp op;
  ArrayRef<ResizedAxis> axes;
  Reals reals;
  /// Of the model, and in which sums are computed.
  Type element, numbers;
};
} // namespace

/// Where in the data place `i` of the result lies.
Value Resizer::coordinate(const ResizedAxis &axis, Value i) {
  StringRef mode = op.getCoordinateTransformationMode();
  Value x = reals.of(i), half = reals.of(0.5), one = reals.of(1.0);
  Value last = reals.sub(reals.of(axis.from), one);
  Value isOne = e.lessOrEqual(axis.to, e.index(1));
  Value apart = reals.sub(axis.width, one);
  if (mode == "asymmetric")
    return reals.div(x, axis.scale);
  if (mode == "tf_half_pixel_for_nn")
    return reals.div(reals.add(x, half), axis.scale);
  if (mode == "align_corners")
    return reals.choose(isOne, reals.of(0.0), reals.div(reals.mul(x, last), apart));
  if (mode == "tf_crop_and_resize") {
    Value length = reals.sub(axis.end, axis.start);
    Value spread = reals.div(reals.mul(reals.mul(x, length), last), apart);
    Value center = reals.mul(reals.mul(half, reals.add(axis.start, axis.end)), last);
    return reals.choose(isOne, center, reals.add(reals.mul(axis.start, last), spread));
  }
  Value center = reals.sub(reals.div(reals.add(x, half), axis.scale), half);
  if (mode == "pytorch_half_pixel")
    return reals.choose(isOne, reals.of(0.0), center);
  if (mode != "half_pixel_symmetric")
    return center;
  Value rounded = reals.sub(one, reals.div(reals.of(axis.to), axis.width));
  return reals.add(reals.mul(reals.mul(reals.of(axis.from), half), rounded), center);
}

Value Resizer::coordinates(const ResizedAxis &axis) {
  return e.generate(axis.to, e.getF32Type(),
                    [&](ValueRange at) { return coordinate(axis, at[0]); });
}

/// Null where that does not count.
Value Resizer::isOutside(const ResizedAxis &axis, Value coordinate) {
  if (op.getCoordinateTransformationMode() != "tf_crop_and_resize")
    return {};
  Value last = reals.sub(reals.of(axis.from), reals.of(1.0));
  return e.either(reals.less(coordinate, reals.of(0.0)), reals.less(last, coordinate));
}

Value Resizer::inside(const ResizedAxis &axis, Value place) {
  return e.max(e.min(place, e.sub(axis.from, e.index(1))), e.index(0));
}

Value Resizer::nearestPlace(Value x) {
  StringRef mode = op.getNearestMode();
  Value down = reals.floor(x);
  if (mode == "floor")
    return reals.toIndex(down);
  if (mode == "ceil")
    return reals.toIndex(math::CeilOp::create(e, x));
  Value rounded = reals.round(x);
  if (mode == "round_prefer_floor")
    rounded = reals.choose(reals.equal(reals.sub(x, down), reals.of(0.5)), down, rounded);
  return reals.toIndex(rounded);
}

/// A table of places for each axis; below 0 where the result is the value that stands outside.
Value Resizer::nearest(Value data) {
  SmallVector<Value> sizes;
  SmallVector<Access> tables;
  SmallVector<int64_t> resized;
  for (size_t i = 0; i < axes.size(); ++i) {
    const ResizedAxis &axis = axes[i];
    sizes.push_back(axis.to);
    if (axis.isKept)
      continue;
    Value table = e.generate(axis.to, e.getI64Type(), [&](ValueRange at) {
      Value x = coordinate(axis, at[0]), place = inside(axis, nearestPlace(x));
      if (Value outside = isOutside(axis, x))
        place = e.choose(outside, e.index(-1), place);
      return e.fromIndex(place, e.getI64Type());
    });
    resized.push_back(i);
    tables.push_back({table, e.project(axes.size(), int64_t(i))});
  }
  bool crops = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
  return e.mapIndexed(sizes, storageType(element), tables, [&](ValueRange at, ValueRange places) {
    SmallVector<Value> source(at);
    Value outside = e.integer(0, e.getI1Type());
    for (auto [i, place] : llvm::zip_equal(resized, places)) {
      source[i] = e.toIndex(place);
      if (crops) {
        outside = e.either(outside, e.less(source[i], e.index(0)));
        source[i] = e.max(source[i], e.index(0));
      }
    }
    Value value = e.extract(data, source);
    if (!crops)
      return value;
    Value around =
        scalar::convert(e, reals.of(op.getExtrapolationValue()), e.getF32Type(), element);
    return e.choose(outside, around, value);
  });
}

/// How far neighbours reach, in places of the data; the filter that smooths is wider.
Value Resizer::radius(const ResizedAxis &axis) {
  Value reach = reals.of(op.getMode() == "cubic" ? 2.0 : 1.0);
  return op.getAntialias() ? reals.div(reach, reals.min(axis.scale, reals.of(1.0))) : reach;
}

Value Resizer::cubic(Value x) {
  Value a = reals.of(op.getCubicCoeffA()), one = reals.of(1.0);
  auto scaled = [&](double by) { return reals.mul(reals.of(by), a); };
  // ((a + 2) x - (a + 3)) x x + 1
  Value near = reals.sub(reals.mul(reals.add(a, reals.of(2.0)), x), reals.add(a, reals.of(3.0)));
  near = reals.add(reals.mul(reals.mul(near, x), x), one);
  // ((a x - 5 a) x + 8 a) x - 4 a
  Value far = reals.sub(reals.mul(a, x), scaled(5));
  far = reals.sub(reals.mul(reals.add(reals.mul(far, x), scaled(8)), x), scaled(4));
  Value isNear = e.createOrFold<arith::CmpFOp>(arith::CmpFPredicate::OLE, x, one);
  return reals.choose(isNear, near, reals.choose(reals.less(x, reals.of(2.0)), far, reals.of(0.0)));
}

Value Resizer::weightOf(Value distance) {
  Value x = math::AbsFOp::create(e, distance);
  if (op.getMode() == "cubic")
    return cubic(x);
  return reals.max(reals.sub(reals.of(1.0), x), reals.of(0.0));
}

/// [places, neighbours], which do not add up to 1 where some are left out or the filter is wider.
Value Resizer::weights(const ResizedAxis &axis, Value coordinates, Value first) {
  Value width = reals.mul(radius(axis), reals.of(2.0));
  Value count = reals.toIndex(math::CeilOp::create(e, width));
  if (!op.getAntialias())
    count = e.index(op.getMode() == "cubic" ? 4 : 2);
  Value squeeze = op.getAntialias() ? reals.min(axis.scale, reals.of(1.0)) : Value();
  Access reads[] = {{coordinates, e.project(2, 0)}, {first, e.project(2, 0)}};
  return e.mapIndexed({axis.to, count}, e.getF32Type(), reads, [&](ValueRange at, ValueRange x) {
    Value place = e.add(e.toIndex(x[1]), at[1]);
    Value distance = reals.sub(reals.of(place), x[0]);
    Value weight = weightOf(squeeze ? reals.mul(distance, squeeze) : distance);
    if (!op.getExcludeOutside())
      return weight;
    return reals.choose(e.equal(place, inside(axis, place)), weight, reals.of(0.0));
  });
}

/// Loops: those of the result, then the neighbours.
Value Resizer::sumAlong(Value from, int64_t along, Value first, Value weights) {
  int64_t rank = axes.size();
  SmallVector<Value> sizes = e.dims(from);
  sizes[along] = axes[along].to;
  Type held = elementType(from);
  bool isData = from == e.get(op.getX());
  return e.reduce(
      sizes, numbers, e.zero(numbers),
      e.project(rank + 1, llvm::to_vector(llvm::seq<int64_t>(rank))), std::string(rank, 'p') + 'r',
      {{weights, e.project(rank + 1, {along, rank})}, {first, e.project(rank + 1, along)}},
      [&](ValueRange x) {
        SmallVector<Value> at;
        for (int64_t i = 0; i <= rank; ++i)
          at.push_back(linalg::IndexOp::create(e, i));
        Value place = e.add(e.toIndex(x[1]), at.pop_back_val());
        at[along] = inside(axes[along], place);
        Value number = scalar::convert(e, e.extract(from, at), isData ? element : held, numbers);
        Value weight = scalar::convert(e, x[0], e.getF32Type(), numbers);
        return e.sum(arith::MulFOp::create(e, weight, number), x[2]);
      });
}

/// Sums of weights that are not 1 are divided by; what lies outside gets the value for it.
Value Resizer::finished(Value sum, int64_t along, Value weights, Value coordinates) {
  int64_t rank = axes.size();
  bool crops = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
  bool isUneven = op.getAntialias() || op.getExcludeOutside();
  if (!crops && !isUneven)
    return sum;
  Value total =
      e.reduce({axes[along].to}, e.getF32Type(), reals.of(0.0), e.project(2, 0), "pr",
               {{weights, e.identity(2)}}, [&](ValueRange x) { return e.sum(x[0], x[1]); });
  Access reads[] = {{sum, e.identity(rank)},
                    {total, e.project(rank, along)},
                    {coordinates, e.project(rank, along)}};
  SmallVector<Value> sizes = e.dims(sum);
  return e.map(sizes, numbers, reads, [&](ValueRange x) -> Value {
    Value value = x[0];
    if (isUneven)
      value = arith::DivFOp::create(e, value, scalar::convert(e, x[1], e.getF32Type(), numbers));
    if (crops)
      value = e.choose(isOutside(axes[along], x[2]), e.real(op.getExtrapolationValue(), numbers),
                       value);
    return value;
  });
}

/// Integers are cut off, and end where their type does.
Value Resizer::toElement(Value number) {
  if (auto integer = dyn_cast<IntegerType>(element); integer && integer.getWidth() <= 16) {
    bool isUnsigned = isUnsignedElement(element);
    APInt low = isUnsigned ? APInt::getMinValue(integer.getWidth())
                           : APInt::getSignedMinValue(integer.getWidth());
    APInt high = isUnsigned ? APInt::getMaxValue(integer.getWidth())
                            : APInt::getSignedMaxValue(integer.getWidth());
    number = arith::MaximumFOp::create(e, number, e.real(low.roundToDouble(!isUnsigned), numbers));
    number = arith::MinimumFOp::create(e, number, e.real(high.roundToDouble(!isUnsigned), numbers));
  }
  return scalar::convert(e, number, numbers, element);
}

Value Resizer::interpolated(Value data) {
  Value result = data;
  for (auto [along, axis] : llvm::enumerate(axes)) {
    if (axis.isKept)
      continue;
    Value at = coordinates(axis), reach = radius(axis);
    Value first = e.map(axis.to, e.getI64Type(), Access{at, e.identity(1)}, [&](ValueRange x) {
      Value place = reals.floor(reals.sub(x[0], reach));
      return scalar::convert(e, reals.add(place, reals.of(1.0)), e.getF32Type(), e.getI64Type());
    });
    Value table = weights(axis, at, first);
    result = finished(sumAlong(result, along, first, table), along, table, at);
  }
  if (result == data || elementType(result) == storageType(element))
    return result;
  return e.map(e.dims(result), storageType(element), Access{result, e.identity(axes.size())},
               [&](ValueRange x) { return toElement(x[0]); });
}

static Value lowerResize(Emitter &e, onnx::ResizeOp op) {
  auto axes = readResizedAxes(e, op);
  if (failed(axes))
    return {};
  Value data = e.get(op.getX());
  if (llvm::all_of(*axes, [](const ResizedAxis &axis) { return axis.isKept; }))
    return data;
  Resizer resizer(e, op, *axes);
  return op.getMode() == "nearest" ? resizer.nearest(data) : resizer.interpolated(data);
}

void retort::addResizeLowerings(Lowering &lowering) { lowering.add(lowerResize); }
