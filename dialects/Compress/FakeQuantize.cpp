// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What compress.fake_quantize is: which scales fit, types, rows, values of constants. External
// models of onnx's interfaces, so that the dialect's declarations do not depend on them.
#include "dialects/Compress/FakeQuantize.h"
#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Levels.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Rows/Rows.h"
#include "dialects/Onnx/Shape/Infer.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;
using compress::ScaleLadder;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

int64_t FakeQuantizeOp::blockedAxis() {
  RankedTensorType input = tensorOf(getInput()), scale = tensorOf(getScale());
  if (getBlockSize() == 0)
    return -1;
  int64_t axis = onnx::frontAxis(getAxis(), input.getRank()),
          own = axis - input.getRank() + scale.getRank();
  return own < 0 || scale.getDimSize(own) == 1 ? -1 : axis;
}

int64_t FakeQuantizeOp::elementsOfScale() {
  RankedTensorType input = tensorOf(getInput()), scale = tensorOf(getScale());
  int64_t blocked = blockedAxis(), lead = input.getRank() - scale.getRank(), count = 1;
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    bool isShared = axis < lead || scale.getDimSize(axis - lead) == 1;
    if (axis == blocked)
      count *= std::min<int64_t>(getBlockSize(), input.getDimSize(axis));
    else if (isShared)
      count *= input.getDimSize(axis);
  }
  return count;
}

/// Checks the shape of the scales against the input.
static LogicalResult verifyScale(FakeQuantizeOp op) {
  RankedTensorType input = tensorOf(op.getInput()), scale = tensorOf(op.getScale());
  int64_t block = op.getBlockSize(), lead = input.getRank() - scale.getRank();
  if (lead < 0)
    return op.emitOpError() << "expects scales of at most the " << input.getRank()
                            << " axes of the input, found " << scale;
  int64_t axis = onnx::frontAxis(op.getAxis(), input.getRank());
  if (block > 0 && axis < 0)
    return op.emitOpError() << "expects 'axis' of a tensor of rank " << input.getRank()
                            << ", found " << int64_t(op.getAxis());
  for (int64_t i = 0; i < scale.getRank(); ++i) {
    int64_t size = scale.getDimSize(i), of = input.getDimSize(lead + i);
    bool isBlocked = block > 0 && lead + i == axis;
    if (size == 1)
      continue;
    if (isBlocked && (ShapedType::isDynamic(size) || ShapedType::isDynamic(of)))
      return op.emitOpError() << "expects a known size along 'axis', which has blocks, found "
                              << input << " and scales " << scale;
    int64_t expected = isBlocked ? int64_t(llvm::divideCeil(of, block)) : of;
    if (!ShapedType::isDynamic(size) && !ShapedType::isDynamic(expected) && size != expected)
      return op.emitOpError() << "expects scales of size 1 or " << expected << " along axis "
                              << lead + i << " of the input, found " << scale;
  }
  return success();
}

LogicalResult FakeQuantizeOp::verify() {
  RankedTensorType input = tensorOf(getInput()), scale = tensorOf(getScale());
  if (!isa<FloatType>(input.getElementType()))
    return emitOpError() << "expects floats, found " << input;
  if (int64_t bits = getBits(); bits < 2 || bits > 8)
    return emitOpError() << "expects 'bits' from 2 to 8, found " << bits;
  if (int64_t block = getBlockSize(); block < 0)
    return emitOpError() << "expects 'block_size' of 0 or more, found " << block;
  if (scale.getElementType() != input.getElementType())
    return emitOpError() << "expects scales of the input's type " << input.getElementType()
                         << ", found " << scale;
  if (Value zero = getZeroPoint(); zero && zero.getType() != scale)
    return emitOpError() << "expects zero points of type " << scale
                         << ", as the scales have, found " << zero.getType();
  if (std::optional<Type> stored = getScaleType(); stored && !stored->isF16() && !stored->isBF16())
    return emitOpError() << "expects 'scale_type' to be f16 or bf16, found " << *stored;
  if (std::optional<ArrayRef<int32_t>> ladder = getLadder()) {
    if (ladder->size() != 2 || !ScaleLadder{(*ladder)[0], (*ladder)[1]}.isValid())
      return emitOpError() << "expects a 'ladder' of two numbers, whose 64 scales are finite and "
                              "above zero, found "
                           << getLadderAttr();
    if (!input.getElementType().isF32() || getZeroPoint() || getScaleType())
      return emitOpError()
             << "expects f32 without zero points and 'scale_type' beside a 'ladder', found "
             << input
             << (getZeroPoint()   ? " and zero points"
                 : getScaleType() ? " and 'scale_type'"
                                  : "");
  }
  return verifyScale(*this);
}

/// One element of a scale or zero point for each of the input.
static onnx::Tensor spread(FakeQuantizeOp op, const onnx::Tensor &table, const onnx::Tensor &x) {
  int64_t lead = x.rank() - table.rank(), axis = onnx::frontAxis(op.getAxis(), x.rank()),
          block = op.getBlockSize();
  onnx::Tensor result = onnx::Tensor::zeros(x.element(), x.shape());
  if (!result || lead < 0)
    return {};
  onnx::Shape strides = onnx::stridesOf(x.shape()), own = onnx::stridesOf(table.shape());
  for (int64_t k = 0; k < table.rank(); ++k) {
    int64_t of = x.dim(lead + k);
    if (block > 0 && lead + k == axis)
      of = llvm::divideCeil(of, block);
    if (table.dim(k) != 1 && table.dim(k) != of)
      return {};
  }
  MutableArrayRef<onnx::Cell> out = result.writable();
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t at = 0;
    for (int64_t k = 0; k < table.rank(); ++k) {
      int64_t place = i / strides[lead + k] % x.dim(lead + k);
      place = block > 0 && lead + k == axis ? place / block : place;
      at += table.dim(k) == 1 ? 0 : place * own[k];
    }
    out[i] = table.cells()[at];
  }
  return result;
}

static double largestOf(Type type) {
  return APFloat::getLargest(cast<FloatType>(type).getFloatSemantics()).convertToDouble();
}

Value compress::asStored(OnnxBuilder &build, Value scale, std::optional<Type> type) {
  if (!type)
    return scale;
  Type element = getElementTypeOrSelf(scale.getType());
  double largest = largestOf(*type);
  scale = build.maximum(build.minimum(scale, build.number(largest, element)),
                        build.number(-largest, element));
  return build.cast(build.cast(scale, *type), element);
}

/// As a number of the type; the largest where it is beyond all of them.
static double stored(std::optional<Type> type, double scale) {
  if (!type)
    return scale;
  double largest = largestOf(*type);
  APFloat number(std::fmin(std::fmax(scale, -largest), largest));
  bool inexact;
  number.convert(cast<FloatType>(*type).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &inexact);
  return number.convertToDouble();
}

/// In f32, or in f64 where the input is; NaN gets the lowest code.
template <typename Real> static Real nearest(FakeQuantizeOp op, Real x, Real scale, Real zero) {
  Real low = Real(op.lowest()), high = Real(op.highest());
  zero = std::fmin(std::fmax(std::nearbyint(zero), low), high);
  Real code = std::nearbyint(x / scale) + zero;
  return (std::fmin(std::fmax(code, low), high) - zero) * scale;
}

/// The same of levels; NaN gets the lowest.
static float nearestLevel(ArrayRef<float> levels, ArrayRef<float> middles, float x, float scale) {
  float v = x / scale;
  size_t code = 0;
  while (code < middles.size() && v > middles[code])
    ++code;
  return levels[code] * scale;
}

static onnx::Tensor ofLevels(FakeQuantizeOp op, const onnx::Tensor &scales, onnx::Tensor x) {
  ScaleLadder ladder{(*op.getLadder())[0], (*op.getLadder())[1]};
  std::vector<float> levels = compress::levelsOf(unsigned(op.getBits())),
                     middles = compress::middlesOf(levels);
  for (auto [i, cell] : llvm::enumerate(x.writable())) {
    float scale = ladder.at(ladder.nearest(float(scales.number(i))));
    cell.f = nearestLevel(levels, middles, float(cell.f), scale);
  }
  return x;
}

namespace {
struct InferFakeQuantize : onnx::ShapeInference::ExternalModel<InferFakeQuantize, FakeQuantizeOp> {
  LogicalResult inferShapes(Operation *op, onnx::SymbolicDims &dims) const {
    dims.set(op->getResult(0), onnx::elementOf(op->getOperand(0)), dims.shape(op->getOperand(0)));
    return success();
  }
};

/// Blocks of rows mix them.
struct FakeQuantizeRows : onnx::RowRule::ExternalModel<FakeQuantizeRows, FakeQuantizeOp> {
  bool keepsRows(Operation *op, onnx::Rows &rows) const {
    return rows.areAligned() && rows.result != cast<FakeQuantizeOp>(op).blockedAxis();
  }
};

struct EvaluateFakeQuantize
    : onnx::Evaluation::ExternalModel<EvaluateFakeQuantize, FakeQuantizeOp> {
  onnx::Evaluated evaluate(Operation *operation, ArrayRef<onnx::Tensor> inputs) const {
    auto op = cast<FakeQuantizeOp>(operation);
    onnx::Tensor result = inputs[0], zero = onnx::inputAt(inputs, 2);
    onnx::Tensor scales = spread(op, inputs[1], result);
    onnx::Tensor zeros = zero ? spread(op, zero, result) : onnx::Tensor();
    if (!scales || (zero && !zeros))
      return failure();
    if (op.getLadder())
      return onnx::one(ofLevels(op, scales, std::move(result)));
    bool isDouble = result.element().isF64();
    for (auto [i, cell] : llvm::enumerate(result.writable())) {
      double scale = stored(op.getScaleType(), scales.number(i)), z = zero ? zeros.number(i) : 0;
      cell.f = isDouble ? nearest<double>(op, cell.f, scale, z)
                        : nearest<float>(op, float(cell.f), float(scale), float(z));
    }
    return onnx::one(result.round());
  }
};
} // namespace

void compress::attachFakeQuantize(MLIRContext &context) {
  FakeQuantizeOp::attachInterface<InferFakeQuantize, FakeQuantizeRows, EvaluateFakeQuantize>(
      context);
}
