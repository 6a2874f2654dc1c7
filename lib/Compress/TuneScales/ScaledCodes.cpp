// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes times scales of floats, whose scales can be trained while codes stay:
//
//   %w = onnx.DequantizeLinear(%codes, %scales)
//   ==> in the student, with %u and %v trained from zeros
//   %d = onnx.DequantizeLinear(%codes, %scales)
//   %w = (%d - spread(%v * %scales)) * spread(exp(%u))
#include "lib/Compress/TuneScales/ScaledCodes.h"
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Train/SpreadAlong.h"

#include "dialects/Onnx/Evaluate/Attributes.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static std::string nameOf(Operation *op) { return "'" + op->getName().getStringRef().str() + "'"; }

std::optional<ScaledCodes> ScaledCodes::of(const LinearWeight &weight, std::string &why) {
  Operation *op = weight.op;
  if (auto sparse = dyn_cast<compress::DecodeSparseOp>(op))
    op = sparse.getValues().getDefiningOp();
  if (!weight.values.isQuantized()) {
    why = "is not made of codes";
    return std::nullopt;
  }
  if (isa_and_present<compress::DecodeLevelsOp>(op)) {
    why = "its scales are places in a ladder, which no small step changes";
    return std::nullopt;
  }
  auto values = op ? QuantizedWeight::of(op) : nullptr;
  Operation *constant = values ? storedScales(op).getDefiningOp() : nullptr;
  if (!constant || !isa<FloatType>(values->scales().type().getElementType())) {
    why = op ? nameOf(op) + " is no expression of codes and scales alone" : "has no operation";
    return std::nullopt;
  }
  ScaledCodes codes{op, constant, onnx::intAttribute(op, "axis", 1),
                    onnx::intAttribute(op, "block_size", 0)};
  int64_t rank = values->type().getRank();
  codes.axis += codes.axis < 0 ? rank : 0;
  return codes;
}

ArrayRef<int64_t> ScaledCodes::shape() const {
  return cast<RankedTensorType>(scales->getResult(0).getType()).getShape();
}

std::vector<float> ScaledCodes::numbers() const {
  auto view = *onnx::ConstantView::of(scales->getResult(0));
  return view.floats(0, view.size());
}

/// Of a table like that of the scales: what broadcasts against the weight.
static Value spread(OnnxBuilder &build, Value table, const ScaledCodes &codes) {
  auto type = cast<RankedTensorType>(codes.dequantize->getResult(0).getType());
  if (cast<RankedTensorType>(table.getType()).getNumElements() == 1)
    return build.reshape(table, build.integers(SmallVector<int64_t>(type.getRank(), 1)));
  if (codes.block > 0)
    return spreadAlong(build, table, codes.axis, type.getDimSize(codes.axis), codes.block);
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[codes.axis] = type.getDimSize(codes.axis);
  return build.reshape(table, shape);
}

void retort::scaleInStudent(const ScaledCodes &codes, Operation *copy, Value log, Value shift) {
  OpBuilder builder(copy->getContext());
  builder.setInsertionPointAfter(copy);
  OnnxBuilder build(builder, copy->getLoc());
  Value whole = copy->getResult(0);
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : whole.getUses())
    uses.push_back(&use);
  Type f32 = builder.getF32Type();
  Value changed = build.cast(whole, f32);
  if (shift) {
    Value step = build.multiply(shift, build.cast(storedScales(copy), f32));
    changed = build.subtract(changed, spread(build, step, codes));
  }
  Value factor = onnx::ExpOp::create(builder, copy->getLoc(), log.getType(), log);
  changed = build.multiply(changed, spread(build, factor, codes));
  changed = build.cast(changed, cast<RankedTensorType>(whole.getType()).getElementType());
  for (OpOperand *use : uses)
    use->set(changed);
}

Operation *retort::shiftZeros(const ScaledCodes &codes, ArrayRef<float> shift) {
  Operation *op = codes.dequantize;
  auto element =
      cast<FloatType>(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  std::vector<float> zeros(shift);
  auto before = op->getNumOperands() > 2 ? onnx::ConstantView::of(op->getOperand(2)) : std::nullopt;
  for (size_t i = 0; before && i < zeros.size(); ++i)
    zeros[i] += float(before->floatAt(int64_t(i)));
  auto type = RankedTensorType::get(codes.shape(), element);
  std::string name = (compress::nameOfConstant(codes.scales->getResult(0)) + "_zero").str();
  ElementsAttr table = onnx::makeConstant(type, name, [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(element, zeros, bytes.data());
  });
  Value constant = compress::createConstantBefore(op, table, name);
  OpBuilder builder(op);
  Value by = compress::createDequantize(builder, op->getLoc(), op->getOperand(0), op->getOperand(1),
                                        constant, codes.axis, codes.block);
  compress::replaceExpression(op, by);
  return by.getDefiningOp();
}

std::vector<float> retort::scaledBy(ArrayRef<float> scales, ArrayRef<float> logs) {
  std::vector<float> result;
  for (auto [scale, log] : llvm::zip_equal(scales, logs))
    result.push_back(float(double(scale) * std::exp(double(log))));
  return result;
}
