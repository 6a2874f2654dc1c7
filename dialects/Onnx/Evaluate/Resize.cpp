// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize, axis by axis: each place of the result is a weighted sum of places of the data.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include <cmath>

using namespace mlir;
using namespace retort::onnx;

namespace {
/// What one axis is resized by. Places are computed in f32, as elsewhere: where one is rounded, it
/// matters.
struct Axis {
  int64_t from, to;
  /// `width` is `to` before it was rounded.
  float scale, width, start = 0, end = 1;
};

/// The data that a place of the result is made of.
struct Sample {
  SmallVector<int64_t> places;
  SmallVector<double> weights;
  bool isOutside = false;
};

struct Sampler {
  explicit Sampler(Operation *op);
  float coordinate(const Axis &axis, int64_t i) const;
  int64_t nearest(float x) const;
  Sample sample(const Axis &axis, int64_t i) const;
  double cubic(double x) const;

  StringRef coordinates, mode, rounding;
  bool antialias, excludesOutside;
  double coefficient;
};
} // namespace

Sampler::Sampler(Operation *op)
    : coordinates(stringAttribute(op, "coordinate_transformation_mode", "half_pixel")),
      mode(stringAttribute(op, "mode", "nearest")),
      rounding(stringAttribute(op, "nearest_mode", "round_prefer_floor")),
      antialias(intAttribute(op, "antialias", 0)),
      excludesOutside(intAttribute(op, "exclude_outside", 0)),
      coefficient(floatAttribute(op, "cubic_coeff_a", -0.75)) {}

float Sampler::coordinate(const Axis &axis, int64_t i) const {
  float x = i, last = float(axis.from - 1);
  if (coordinates == "asymmetric")
    return x / axis.scale;
  if (coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5f) / axis.scale;
  if (coordinates == "align_corners")
    return axis.to > 1 ? x * last / (axis.width - 1) : 0;
  if (coordinates == "tf_crop_and_resize")
    return axis.to > 1 ? axis.start * last + x * (axis.end - axis.start) * last / (axis.width - 1)
                       : 0.5f * (axis.start + axis.end) * last;
  if (coordinates == "pytorch_half_pixel" && axis.to <= 1)
    return 0;
  float center = (x + 0.5f) / axis.scale - 0.5f;
  if (coordinates == "half_pixel_symmetric")
    return float(axis.from) / 2 * (1 - float(axis.to) / axis.width) + center;
  return center;
}

int64_t Sampler::nearest(float x) const {
  if (rounding == "floor")
    return std::floor(x);
  if (rounding == "ceil")
    return std::ceil(x);
  bool isHalf = x - std::floor(x) == 0.5f;
  return isHalf && rounding == "round_prefer_floor" ? std::floor(x) : std::round(x);
}

double Sampler::cubic(double x) const {
  double a = coefficient;
  x = std::fabs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

Sample Sampler::sample(const Axis &axis, int64_t i) const {
  Sample result;
  float x = coordinate(axis, i);
  result.isOutside = coordinates == "tf_crop_and_resize" && (x < 0 || x > float(axis.from - 1));
  auto inside = [&](int64_t place) { return std::clamp<int64_t>(place, 0, axis.from - 1); };
  if (mode == "nearest") {
    result.places.push_back(inside(nearest(x)));
    result.weights.push_back(1);
    return result;
  }
  double squeeze = antialias ? std::min(1.0, double(axis.scale)) : 1, total = 0;
  double radius = (mode == "cubic" ? 2 : 1) / squeeze;
  for (int64_t place = std::ceil(x - radius); place <= x + radius; ++place) {
    double distance = (double(place) - x) * squeeze;
    double weight = mode == "cubic" ? cubic(distance) : std::max(0.0, 1 - std::fabs(distance));
    if (excludesOutside && place != inside(place))
      weight = 0;
    result.places.push_back(inside(place));
    result.weights.push_back(weight);
    total += weight;
  }
  for (double &weight : result.weights)
    weight /= total;
  return result;
}

/// The numbers of `input`, with one axis resized.
static Tensor resizeAxis(const Tensor &input, int64_t along, const Axis &axis,
                         const Sampler &sampler, double outside) {
  Shape shape(input.shape());
  shape[along] = axis.to;
  Tensor result = Tensor::zeros(input.element(), shape);
  if (!result || result.size() == 0)
    return result;
  int64_t inner = 1;
  for (int64_t size : input.shape().drop_front(along + 1))
    inner *= size;
  Cell *out = result.writable().data();
  for (int64_t outer = 0; outer < input.size() / (inner * axis.from); ++outer)
    for (int64_t i = 0; i < axis.to; ++i) {
      Sample sample = sampler.sample(axis, i);
      for (int64_t j = 0; j < inner; ++j, ++out) {
        auto at = [&](int64_t place) {
          return input.cells()[(outer * axis.from + place) * inner + j];
        };
        if (!input.isFloat()) { // moved, not computed with
          *out = at(sample.places[0]);
          continue;
        }
        double sum = 0;
        for (auto [place, weight] : llvm::zip(sample.places, sample.weights))
          sum += at(place).f * weight;
        out->f = sample.isOutside ? outside : sum;
      }
    }
  return result;
}

/// Numbers for each axis from a list for some of them; the others stay.
static bool readAxes(Operation *op, ArrayRef<Tensor> inputs, SmallVectorImpl<Axis> &result) {
  auto given = [&](size_t i) {
    Tensor tensor = inputAt(inputs, i);
    return tensor && tensor.size() > 0 ? tensor : Tensor();
  };
  Tensor region = given(1), scales = given(2), sizes = given(3);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(inputs[0].rank()));
  axes = intsAttribute(op, "axes").value_or(axes);
  Tensor list = scales ? scales : sizes;
  if (bool(scales) == bool(sizes) || list.size() != int64_t(axes.size()) ||
      (region && region.size() != 2 * list.size()))
    return false;
  for (int64_t size : inputs[0].shape())
    result.push_back({size, size, 1, float(size)});
  StringRef policy = stringAttribute(op, "keep_aspect_ratio_policy", "stretch");
  std::optional<float> common;
  for (auto [i, given] : llvm::enumerate(axes)) {
    int64_t at = frontAxis(given, inputs[0].rank());
    if (at < 0 || result[at].from == 0)
      return false;
    Axis &axis = result[at];
    axis.scale = scales ? float(scales.number(i)) : float(sizes.integer(i)) / float(axis.from);
    if (!common || (policy == "not_larger" ? axis.scale < *common : axis.scale > *common))
      common = axis.scale;
    if (region) {
      axis.start = float(region.number(i));
      axis.end = float(region.number(i + axes.size()));
    }
  }
  for (auto [i, given] : llvm::enumerate(axes)) {
    Axis &axis = result[frontAxis(given, inputs[0].rank())];
    bool isStretched = sizes && policy == "stretch";
    axis.scale = sizes && !isStretched ? *common : axis.scale;
    axis.width = isStretched ? float(sizes.integer(i)) : axis.scale * float(axis.from);
    if (!(axis.width >= 0) || axis.width > 1e9f)
      return false;
    axis.to = scales ? std::floor(axis.width) : std::round(axis.width);
  }
  return true;
}

/// Integers are resized as numbers, and cut off. `nearest` moves what no number is.
Evaluated retort::onnx::evaluateResize(Operation *op, ArrayRef<Tensor> inputs) {
  SmallVector<Axis> axes;
  if (!readAxes(op, inputs, axes))
    return failure();
  Sampler sampler(op);
  bool isMoved = sampler.mode == "nearest" && sampler.coordinates != "tf_crop_and_resize";
  Type element = inputs[0].element();
  Tensor result = isMoved ? inputs[0] : inputs[0].cast(Float64Type::get(op->getContext()));
  for (auto [along, axis] : llvm::enumerate(axes))
    if (result && (axis.from != axis.to || axis.scale != 1 || axis.start != 0 || axis.end != 1))
      result =
          resizeAxis(result, along, axis, sampler, floatAttribute(op, "extrapolation_value", 0));
  if (!result)
    return failure();
  return one(isMoved ? result : result.cast(element));
}
