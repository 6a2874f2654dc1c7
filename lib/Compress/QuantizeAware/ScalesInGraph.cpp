// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales that follow from a tensor of the graph: fitScale, written as operations of ONNX.
#include "lib/Compress/QuantizeAware/ScalesInGraph.h"
#include "dialects/Compress/FakeQuantize.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace retort;

static Value absolute(OnnxBuilder &build, Value x) {
  return onnx::AbsOp::create(build.raw(), build.location(), x.getType(), x);
}

static Value round(OnnxBuilder &build, Value x) {
  return onnx::RoundOp::create(build.raw(), build.location(), x.getType(), x);
}

static Value largestAlong(OnnxBuilder &build, Value x, int64_t axis, bool keepsAxis) {
  OpBuilder &raw = build.raw();
  auto op = onnx::ReduceMaxOp::create(
      raw, build.location(), UnrankedTensorType::get(getElementTypeOrSelf(x.getType())), x,
      build.integers(axis), raw.getI64IntegerAttr(keepsAxis), IntegerAttr());
  (void)onnx::inferTypes(op);
  return op->getResult(0);
}

/// 1 in the place of what is not above zero: groups of zeros.
static Value aboveZero(OnnxBuilder &build, Value scale) {
  Type element = getElementTypeOrSelf(scale.getType());
  return build.choose(build.less(build.number(0, element), scale), scale, build.number(1, element));
}

/// Groups along an axis of their own, behind that of their numbers; a shorter last one is filled up
/// with zeros, which are in every range.
static Value grouped(OnnxBuilder &build, Value numbers, const CodeLayout &layout) {
  SmallVector<int64_t> shape(layout.type.getShape());
  int64_t rank = layout.type.getRank(), groups = layout.groups.groups();
  if (int64_t missing = groups * layout.groups.group - shape[layout.axis]) {
    SmallVector<int64_t> pads(2 * rank);
    pads[rank + layout.axis] = missing;
    numbers = build.pad(numbers, build.integers(pads));
  }
  shape[layout.axis] = groups;
  shape.insert(shape.begin() + layout.axis + 1, layout.groups.group);
  return build.reshape(numbers, shape);
}

GraphScales retort::scalesOfGroups(OnnxBuilder &build, Value numbers, const CodeLayout &layout) {
  Type f32 = build.raw().getF32Type();
  UniformCode code = layout.code;
  FloatType stored = layout.scaleType();
  auto storedAs = stored.isF32() ? std::nullopt : std::optional<Type>(stored);
  auto fit = [&](Value range, float steps) {
    Value scale = build.divide(range, build.number(steps, f32));
    return aboveZero(build, compress::asStored(build, scale, storedAs));
  };
  numbers = grouped(build, numbers, layout);
  auto largest = [&](Value x) { return largestAlong(build, x, layout.axis + 1, false); };
  if (code.symmetric)
    return {fit(largest(absolute(build, numbers)), float(1 << (code.bits - 1)) - .5f), Value()};
  Value none = build.number(0, f32);
  Value high = build.maximum(largest(numbers), none),
        below = build.maximum(largest(build.negate(numbers)), none);
  Value scale = fit(build.add(high, below), float((1 << code.bits) - 1));
  Value zero = build.minimum(round(build, build.divide(below, scale)),
                             build.number(double(code.highest()), f32));
  return {scale, zero};
}

Value retort::scalesOfRows(OnnxBuilder &build, Value numbers, int64_t bits) {
  int64_t last = cast<RankedTensorType>(numbers.getType()).getRank() - 1;
  Type element = getElementTypeOrSelf(numbers.getType());
  Value range = largestAlong(build, absolute(build, numbers), last, true);
  double steps = std::ldexp(1, int(bits) - 1) - .5;
  return aboveZero(build, build.divide(range, build.number(steps, element)));
}
