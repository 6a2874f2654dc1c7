// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions along the text that look back alone: their state is the rows that they look at
// again.
//   onnx.Conv(%x, %w) {pads = [K - 1, 0]}
//     ->  onnx.Conv(onnx.Concat(%state, %x), %w), %state = the last K - 1 columns of that
// The padding may stand in an onnx.Pad in front of it, or be on both sides, where an onnx.Slice
// keeps the first T columns.
#include "lib/DecodeStep/Derivation.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// The axis of rows: 1 x channels x T.
static constexpr int64_t rowAxis = 2;

static bool areAll(Operation *op, StringRef name, int64_t number) {
  auto list = op->getAttrOfType<DenseI64ArrayAttr>(name);
  return !list || llvm::all_of(list.asArrayRef(), [&](int64_t each) { return each == number; });
}

/// Zeros in front of the rows alone: how many; nullopt otherwise.
static std::optional<int64_t> leftPadding(onnx::PadOp pad, RowAxes &rows) {
  auto pads = rows.sizes().constants(pad.getPads());
  Value value = pad.getConstantValue();
  if (!pads || rows.axisOf(pad.getData()) != rowAxis || pad.getMode() != "constant" ||
      (value && scalarOf(value) != 0.0) ||
      cast<RankedTensorType>(pad.getData().getType()).getRank() != 3)
    return std::nullopt;
  SmallVector<int64_t> axes{0, 1, 2};
  if (pad.getAxes()) {
    auto given = rows.sizes().constants(pad.getAxes());
    if (!given || pads->size() != 2 * given->size())
      return std::nullopt;
    axes = *given;
  }
  int64_t left = 0;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    bool isRow = axis == rowAxis || axis == rowAxis - 3;
    if ((*pads)[axes.size() + i] != 0 || (!isRow && (*pads)[i] != 0) || (*pads)[i] < 0)
      return std::nullopt;
    left += (*pads)[i];
  }
  return left;
}

bool Derivation::isPaddingOfConvolution(Operation *op) {
  auto pad = dyn_cast<onnx::PadOp>(op);
  return pad && leftPadding(pad, rows) &&
         llvm::all_of(op->getUsers(), [](Operation *user) { return isa<onnx::ConvOp>(user); });
}

/// The first T columns of a longer result.
bool Derivation::keepsFirstRows(Operation *op) {
  auto slice = dyn_cast<onnx::SliceOp>(op);
  if (!slice || rows.axisOf(slice->getResult(0)) != rowAxis)
    return false;
  auto start = rows.sizes().constants(slice.getStarts()),
       axes = rows.sizes().constants(slice.getAxes());
  auto steps = slice.getSteps() ? rows.sizes().constants(slice.getSteps())
                                : std::optional(SmallVector<int64_t>{1});
  return start && axes && steps && *start == SmallVector<int64_t>{0} &&
         *steps == SmallVector<int64_t>{1} &&
         (*axes == SmallVector<int64_t>{rowAxis} || *axes == SmallVector<int64_t>{rowAxis - 3});
}

LogicalResult Derivation::planConvolution(Operation *op) {
  auto conv = cast<onnx::ConvOp>(op);
  auto weight = dyn_cast<RankedTensorType>(conv.getW().getType());
  if (!weight || weight.getRank() != 3 || weight.isDynamicDim(2))
    return refuseMixing(op, "its kernel is not one of a known size along them alone");
  if (!areAll(op, "strides", 1))
    return refuseMixing(op, "its strides leave out some");
  if (conv.getAutoPad() != "NOTSET")
    return refuseMixing(op, "'auto_pad' puts zeros where the length of the text says");
  for (OpOperand &use : llvm::drop_begin(op->getOpOperands())) {
    if (cold.isHot(use.get()))
      return refuseMixing(op, "its kernel depends on the tokens");
    if (failed(planConstant(use)))
      return failure();
  }
  auto pads = op->getAttrOfType<DenseI64ArrayAttr>("pads"),
       dilations = op->getAttrOfType<DenseI64ArrayAttr>("dilations");
  int64_t left = pads ? pads[0] : 0, right = pads ? pads[1] : 0;
  Convolution found{op, conv.getX(), 0, {}};
  found.reach = (weight.getDimSize(2) - 1) * (dilations ? dilations[0] : 1);
  auto pad = conv.getX().getDefiningOp<onnx::PadOp>();
  if (auto before = pad ? leftPadding(pad, rows) : std::nullopt) {
    left += *before;
    found.input = pad.getData();
  }
  // Row t of the result reads rows t - left ... t - left + reach.
  if (rows.axisOf(found.input) != rowAxis || !rows.othersAreFixed(found.input))
    return refuseMixing(op, "they do not lie along its last axis");
  if (left != found.reach)
    return refuseMixing(op, left < found.reach ? "a row reads some that follow it"
                                               : "a row reads none but such before it");
  if (found.reach == 0 && right == 0)
    return success();
  if (right == 0)
    found.results.push_back(op->getResult(0));
  for (Operation *user : op->getUsers()) {
    if (right == 0)
      break;
    if (!keepsFirstRows(user))
      return refuseMixing(op, "what it makes behind the text is not cut off");
    absorbed.insert(user);
    found.results.push_back(user->getResult(0));
  }
  convolutions.push_back(found);
  return success();
}

/// Zeros before the first token, and what was left there since.
Value Derivation::readState(BlockArgument state, OpBuilder &builder, StepInputs &inputs) {
  Location loc = state.getLoc();
  auto type = cast<RankedTensorType>(state.getType());
  Value none = inputs.constant(onnx::Tensor::ints(builder.getContext(), {0}).reshaped({}));
  Value isFirst = onnx::EqualOp::create(
      builder, loc, RankedTensorType::get({}, builder.getI1Type()), inputs.past(), none);
  Value zero = inputs.constant(onnx::Tensor::scalar(type.getElementType(), 0));
  return onnx::WhereOp::create(builder, loc, type, isFirst, zero, state);
}

Value Derivation::rewriteConvolution(Convolution &convolution, StepInputs &inputs) {
  Operation *op = convolution.op;
  OpBuilder builder(op);
  Location loc = op->getLoc();
  auto type = cast<RankedTensorType>(convolution.input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[rowAxis] = convolution.reach;
  auto kept = type.clone(shape);
  BlockArgument state = inputs.addState(kept);
  shape[rowAxis] = ShapedType::kDynamic;
  Value seen = onnx::ConcatOp::create(
      builder, loc, type.clone(shape),
      ValueRange{readState(state, builder, inputs), convolution.input}, rowAxis);
  op->setOperand(0, seen);
  op->setAttr("pads", builder.getDenseI64ArrayAttr({0, 0}));
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> sizes(result.getShape());
  sizes[rowAxis] = ShapedType::kDynamic;
  op->getResult(0).setType(result.clone(sizes));
  for (Value each : convolution.results)
    if (each != op->getResult(0))
      each.replaceAllUsesWith(op->getResult(0));
  Value last = onnx::SliceOp::create(
      builder, loc, kept, seen, inputs.integers({-convolution.reach}),
      inputs.integers({std::numeric_limits<int32_t>::max()}), inputs.integers({rowAxis}), Value());
  return onnx::TensorScatterOp::create(builder, loc, kept, state, last, inputs.integers({0}));
}
