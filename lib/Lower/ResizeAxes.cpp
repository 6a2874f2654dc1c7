// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the scales or sizes of Resize, and its region.
#include "lib/Lower/ResizeAxes.h"

#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

namespace {
struct AxisReader {
  AxisReader(Emitter &e, onnx::ResizeOp op);

  LogicalResult read();
  void readScales(Value scales);
  void readSizes(Value sizes);
  void keepAspectRatio(ArrayRef<Value> asked);
  void readRegion(Value region);
  SmallVector<Value> elements(Value list);

  Emitter &e;
  onnx::ResizeOp op;
  Reals reals;
  SmallVector<ResizedAxis> axes;
  /// Those that are resized.
  SmallVector<int64_t> named;
};
} // namespace

/// Beyond it no axis is resized; floats hold it, and indices do.
static constexpr double mostPlaces = 1e15;

Value Reals::toIndex(Value a) const {
  return e.toIndex(scalar::convert(e, a, e.getF32Type(), e.getI64Type()));
}

AxisReader::AxisReader(Emitter &e, onnx::ResizeOp op) : e(e), op(op), reals{e} {
  for (Value size : e.dims(e.get(op.getX())))
    axes.push_back({size, size, reals.of(1.0), reals.of(size), reals.of(0.0), reals.of(1.0)});
  if (auto given = op.getAxes())
    for (int64_t axis : *given)
      named.push_back(frontAxis(axis, axes.size()));
  else
    llvm::append_range(named, llvm::seq<int64_t>(axes.size()));
}

/// As many as there are resized axes.
SmallVector<Value> AxisReader::elements(Value list) {
  e.requireEqual(e.dim(list, 0), e.index(named.size()), "expects a number for each axis");
  SmallVector<Value> result;
  for (size_t i = 0; i < named.size(); ++i)
    result.push_back(e.extract(list, e.index(i)));
  return result;
}

void AxisReader::readScales(Value scales) {
  for (auto [at, scale] : llvm::zip_equal(named, elements(scales))) {
    ResizedAxis &axis = axes[at];
    axis.scale = scale;
    axis.width = reals.mul(axis.width, scale);
    e.require(
        e.both(reals.less(reals.of(0.0), scale), reals.less(axis.width, reals.of(mostPlaces))), op,
        "expects scales above 0");
    std::optional<APFloat> known;
    if (auto constant = scale.getDefiningOp<arith::ConstantOp>())
      known = cast<FloatAttr>(constant.getValue()).getValue();
    bool isInteger = known && known->isInteger() && known->convertToDouble() < 1 << 20;
    axis.isKept = known && known->isExactlyValue(1.0);
    // Of an integer it is exact, and the product of the sizes may be known elsewhere.
    axis.to = isInteger ? e.mul(axis.from, e.index(int64_t(known->convertToDouble())))
                        : reals.toIndex(reals.floor(axis.width));
  }
}

/// All axes get the least, or the greatest, of the scales that are asked for.
void AxisReader::keepAspectRatio(ArrayRef<Value> asked) {
  bool isLeast = op.getKeepAspectRatioPolicy() == "not_larger";
  Value common;
  for (auto [at, size] : llvm::zip_equal(named, asked)) {
    Value scale = reals.div(reals.of(size), reals.of(axes[at].from));
    common = !common ? scale : isLeast ? reals.min(common, scale) : reals.max(common, scale);
  }
  for (int64_t at : named) {
    ResizedAxis &axis = axes[at];
    axis.scale = common;
    axis.width = reals.mul(reals.of(axis.from), common);
    e.require(reals.less(axis.width, reals.of(mostPlaces)), op, "expects sizes that fit");
    axis.to = reals.toIndex(reals.round(axis.width));
    axis.isKept = false;
  }
}

void AxisReader::readSizes(Value sizes) {
  SmallVector<Value> asked =
      llvm::map_to_vector(elements(sizes), [&](Value size) { return e.toIndex(size); });
  e.requireNotNegative(asked);
  if (op.getKeepAspectRatioPolicy() != "stretch")
    return keepAspectRatio(asked);
  for (auto [at, size] : llvm::zip_equal(named, asked)) {
    ResizedAxis &axis = axes[at];
    axis.isKept = size == axis.from;
    axis.to = size;
    axis.width = reals.of(size);
    axis.scale = reals.div(axis.width, reals.of(axis.from));
  }
}

/// Where it begins along each axis, then where it ends.
void AxisReader::readRegion(Value region) {
  int64_t count = named.size();
  e.requireEqual(e.dim(region, 0), e.index(2 * count),
                 "expects a region with two ends for each axis");
  Type element = elementType(op.getRoi());
  auto at = [&](int64_t i) {
    return scalar::convert(e, e.extract(region, e.index(i)), element, e.getF32Type());
  };
  for (auto [i, axis] : llvm::enumerate(named)) {
    axes[axis].start = at(i);
    axes[axis].end = at(i + count);
    axes[axis].isKept = false;
  }
}

LogicalResult AxisReader::read() {
  auto given = [&](Value operand) {
    auto type = operand ? cast<RankedTensorType>(operand.getType()) : RankedTensorType();
    return type && !(type.getRank() == 1 && type.getDimSize(0) == 0);
  };
  bool hasSizes = given(op.getSizes());
  for (Value list : {op.getRoi(), op.getScales(), op.getSizes()})
    if (given(list) && cast<RankedTensorType>(list.getType()).getRank() != 1)
      return op.emitOpError() << "expects a list, found " << list.getType();
  hasSizes ? readSizes(e.get(op.getSizes())) : readScales(e.get(op.getScales()));
  if (given(op.getRoi()) && op.getCoordinateTransformationMode() == "tf_crop_and_resize")
    readRegion(e.get(op.getRoi()));
  SmallVector<Value> sizes =
      llvm::map_to_vector(axes, [](const ResizedAxis &axis) { return axis.to; });
  sizes = e.refine(op->getResult(0).getType(), sizes);
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    axis.to = size;
    if (!axis.isKept)
      e.require(e.either(e.less(e.index(0), axis.from), e.equal(size, e.index(0))), op,
                "expects elements to resize");
  }
  return success();
}

FailureOr<SmallVector<ResizedAxis>> retort::readResizedAxes(Emitter &e, onnx::ResizeOp op) {
  AxisReader reader(e, op);
  if (failed(reader.read()))
    return failure();
  return reader.axes;
}
