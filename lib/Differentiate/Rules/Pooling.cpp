// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of means and maxima of windows. Which places a window sees is known: the way back is
// that of a lookup by these.
//
//   Y = pool(X)   ->   W = gather(X, places of the windows)
//                      dX = the sum, at these places, of dY / count, or of dY where W is Y
//
// Maxima that several places have are shared evenly, as those of ReduceMax are.
#include "dialects/Onnx/Constants.h"
#include "lib/Differentiate/GradientRules.h"
#include "lib/Differentiate/Lookups.h"

#include <limits>

using namespace mlir;
using namespace retort;

namespace {
/// Windows over one axis.
struct PooledAxis {
  int64_t size, results, kernel, stride, dilation, before, after;
};

/// Of all spatial axes, as one: for each result the places of its window. What lies in the pads is
/// the place behind the last.
struct PooledPlaces {
  int64_t size = 1, results = 1, window = 1;
  std::vector<int64_t> places;
  std::vector<double> counts; ///< of each result: what its mean is divided by
};
} // namespace

static int64_t at(std::optional<ArrayRef<int64_t>> given, size_t place) {
  return given && !given->empty() ? (*given)[place] : 1;
}

template <typename Op> static SmallVector<PooledAxis> axesOf(Op op) {
  ArrayRef<int64_t> data = shapeOf(op.getX()), result = shapeOf(op.getY());
  size_t count = data.size() - 2;
  bool isSame = op.getAutoPad().starts_with("SAME");
  SmallVector<PooledAxis> axes;
  for (size_t i = 0; i < count; ++i) {
    PooledAxis axis{data[2 + i],
                    result[2 + i],
                    op.getKernelShape()[i],
                    at(op.getStrides(), i),
                    at(op.getDilations(), i),
                    0,
                    0};
    int64_t reach = (axis.kernel - 1) * axis.dilation + 1,
            all = std::max<int64_t>((axis.results - 1) * axis.stride + reach - axis.size, 0);
    if (isSame) {
      axis.before = op.getAutoPad() == "SAME_LOWER" ? all - all / 2 : all / 2;
      axis.after = all - axis.before;
    } else if (op.getPads() && op.getAutoPad() != "VALID") {
      axis.before = (*op.getPads())[i];
      axis.after = (*op.getPads())[count + i];
    }
    axes.push_back(axis);
  }
  return axes;
}

/// One axis behind those so far.
static PooledPlaces withAxis(const PooledPlaces &outer, const PooledAxis &axis, bool countsPads) {
  PooledPlaces all{
      outer.size * axis.size, outer.results * axis.results, outer.window * axis.kernel, {}, {}};
  for (int64_t o = 0; o < outer.results; ++o)
    for (int64_t result = 0; result < axis.results; ++result) {
      int64_t seen = 0, begin = result * axis.stride - axis.before;
      for (int64_t w = 0; w < outer.window; ++w)
        for (int64_t k = 0; k < axis.kernel; ++k) {
          int64_t place = begin + k * axis.dilation, row = outer.places[o * outer.window + w];
          bool isInside = place >= 0 && place < axis.size;
          bool counts =
              isInside || (countsPads && place >= -axis.before && place < axis.size + axis.after);
          seen += w == 0 && counts;
          all.places.push_back(isInside && row < outer.size ? row * axis.size + place : all.size);
        }
      all.counts.push_back(outer.counts[o] * double(seen));
    }
  return all;
}

static PooledPlaces placesOf(ArrayRef<PooledAxis> axes, bool countsPads) {
  PooledPlaces places;
  places.places = {0};
  places.counts = {1};
  for (const PooledAxis &axis : axes)
    places = withAxis(places, axis, countsPads);
  return places;
}

/// NxCxL... -> NxCx(L)
static Value flat(OnnxBuilder &build, Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return build.reshape(value, {shape[0], shape[1],
                               cast<RankedTensorType>(value.getType()).getNumElements() /
                                   std::max<int64_t>(shape[0] * shape[1], 1)});
}

static Value indicesOf(OnnxBuilder &build, const PooledPlaces &places) {
  return build.reshape(build.integers(places.places), {places.results, places.window});
}

/// Of what windows read, NxCxRxW, to what they read it from.
static void addToPlaces(Backward &backward, Value data, Value ofWindows,
                        const PooledPlaces &places) {
  OnnxBuilder &build = backward.build;
  ArrayRef<int64_t> shape = shapeOf(data);
  Value sums = sumOfLookups(backward, ofWindows, indicesOf(build, places), 2,
                            {shape[0], shape[1], places.size + 1});
  backward.add(data, build.reshape(build.slice(sums, 2, 0, places.size), shape));
}

static LogicalResult maxPoolGradient(onnx::MaxPoolOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  PooledPlaces places = placesOf(axesOf(op), false);
  Value data = flat(build, op.getX());
  SmallVector<int64_t> one(shapeOf(data));
  one[2] = 1;
  auto type = cast<RankedTensorType>(data.getType());
  Value lowest = backward.splat(type.clone(one), -double(std::numeric_limits<float>::max()));
  Term windows(build.gather(build.concat({data, lowest}, 2), indicesOf(build, places), 2), build);
  Term largest(build.unsqueeze(flat(build, op.getY()), {3}), build),
      dy(build.unsqueeze(flat(build, backward.gradient()), {3}), build);
  Term chosen(build.cast(windows.equals(largest), windows.element()), build);
  addToPlaces(backward, op.getX(), chosen * (dy / chosen.sumAlong({3})), places);
  return success();
}

static LogicalResult averagePoolGradient(onnx::AveragePoolOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  PooledPlaces places = placesOf(axesOf(op), op.getCountIncludePad());
  Term dy(flat(build, backward.gradient()), build);
  SmallVector<Attribute> shares;
  for (double count : places.counts)
    shares.push_back(FloatAttr::get(dy.element(), 1 / count));
  auto type = RankedTensorType::get({places.results}, dy.element());
  Term share(makeConstantOp(build.raw(), build.location(),
                            cast<ElementsAttr>(DenseElementsAttr::get(type, shares))),
             build);
  SmallVector<int64_t> wide(shapeOf(dy));
  wide.push_back(places.window);
  Value each = build.expand(build.unsqueeze(dy * share, {3}), build.integers(wide));
  addToPlaces(backward, op.getX(), each, places);
  return success();
}

namespace retort {
void addPoolingRules(GradientRules &rules) {
  rules.add<onnx::MaxPoolOp>(maxPoolGradient);
  rules.add<onnx::AveragePoolOp>(averagePoolGradient);
}
} // namespace retort
