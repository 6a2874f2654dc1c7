// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the fused dialect; verifies and bufferizes its operation.
#include "dialects/Fused/Fused.h"
#include "dialects/Retort/DestinationEffects.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

#include "dialects/Fused/FusedDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Fused/FusedOps.cpp.inc"

void fused::FusedDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Fused/FusedOps.cpp.inc"
      >();
}

static bool canAgree(int64_t a, int64_t b) {
  return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
}

/// The axis of the operand has the size that another has, as far as that is known.
static LogicalResult verifyAxis(fused::AttentionOp op, StringRef name, Value operand, unsigned axis,
                                Value other, unsigned otherAxis) {
  int64_t found = cast<ShapedType>(operand.getType()).getDimSize(axis);
  int64_t expected = cast<ShapedType>(other.getType()).getDimSize(otherAxis);
  if (canAgree(found, expected))
    return success();
  return op.emitOpError() << "expects axis " << axis << " of '" << name << "' to be " << expected
                          << ", found " << found;
}

static LogicalResult verifyHeads(fused::AttentionOp op) {
  std::pair<StringRef, Value> operands[] = {{"query", op.getQuery()},
                                            {"key", op.getKey()},
                                            {"value", op.getValue()},
                                            {"init", op.getInit()}};
  for (auto [name, operand] : operands) {
    auto type = cast<ShapedType>(operand.getType());
    if (type.getRank() != 4 || !type.getElementType().isF32() || type.isDynamicDim(3))
      return op.emitOpError() << "expects '" << name
                              << "' to have four axes of f32, the last of a known size, found "
                              << type;
  }
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue(), init = op.getInit();
  return success(succeeded(verifyAxis(op, "key", key, 0, query, 0)) &&
                 succeeded(verifyAxis(op, "key", key, 3, query, 3)) &&
                 succeeded(verifyAxis(op, "value", value, 0, key, 0)) &&
                 succeeded(verifyAxis(op, "value", value, 1, key, 1)) &&
                 succeeded(verifyAxis(op, "value", value, 2, key, 2)) &&
                 succeeded(verifyAxis(op, "init", init, 0, query, 0)) &&
                 succeeded(verifyAxis(op, "init", init, 1, query, 1)) &&
                 succeeded(verifyAxis(op, "init", init, 2, query, 2)) &&
                 succeeded(verifyAxis(op, "init", init, 3, value, 3)));
}

static LogicalResult verifyList(fused::AttentionOp op, StringRef name, Value list) {
  auto type = list ? dyn_cast<ShapedType>(list.getType()) : nullptr;
  if (!type || (type.getRank() <= 1 && type.getElementType().isInteger(64)))
    return success();
  return op.emitOpError() << "expects '" << name << "' to be i64 of at most one axis, found "
                          << type;
}

LogicalResult fused::AttentionOp::verify() {
  if (failed(verifyHeads(*this)) || failed(verifyList(*this, "offset", getOffset())) ||
      failed(verifyList(*this, "key_length", getKeyLength())))
    return failure();
  if (Value bias = getBias()) {
    auto type = cast<ShapedType>(bias.getType());
    if (type.getRank() != 4 || !type.getElementType().isF32())
      return emitOpError() << "expects 'bias' to have four axes of f32, found " << type;
    if (failed(verifyAxis(*this, "bias", bias, 3, getKey(), 2)))
      return failure();
  }
  if (Value sinks = getSinks()) {
    auto type = cast<ShapedType>(sinks.getType());
    if (type.getRank() != 1 || !type.getElementType().isF32())
      return emitOpError() << "expects 'sinks' to have one axis of f32, found " << type;
  }
  Type init = getInit().getType();
  if (bool(getResult()) != isa<RankedTensorType>(init) ||
      (getResult() && getResult().getType() != init))
    return emitOpError(
        "expects a result of the type of 'init' where that is a tensor, and none else");
  return success();
}

void fused::AttentionOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addDestinationEffects(*this, effects);
}

bool fused::AttentionOp::bufferizesToMemoryRead(OpOperand &operand,
                                                const bufferization::AnalysisState &) {
  return !isDpsInit(&operand);
}

bool fused::AttentionOp::bufferizesToMemoryWrite(OpOperand &operand,
                                                 const bufferization::AnalysisState &) {
  return isDpsInit(&operand);
}

bufferization::AliasingValueList
fused::AttentionOp::getAliasingValues(OpOperand &operand, const bufferization::AnalysisState &) {
  if (!isDpsInit(&operand))
    return {};
  return {{getResult(), bufferization::BufferRelation::Equivalent}};
}

/// The buffer, or a copy where its last axis has gaps: kernels load vectors.
static Value withoutGaps(OpBuilder &builder, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t offset;
  SmallVector<int64_t> strides;
  bool isKnown = succeeded(type.getStridesAndOffset(strides, offset));
  if (isKnown && (strides.empty() || strides.back() == 1))
    return buffer;
  SmallVector<Value> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (type.isDynamicDim(axis))
      sizes.push_back(memref::DimOp::create(builder, loc, buffer, axis));
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  Value copy = memref::AllocOp::create(builder, loc, plain, sizes);
  memref::CopyOp::create(builder, loc, buffer, copy);
  return copy;
}

LogicalResult fused::AttentionOp::bufferize(RewriterBase &rewriter,
                                            const bufferization::BufferizationOptions &options,
                                            bufferization::BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      buffers.push_back(operand);
      continue;
    }
    auto buffer = bufferization::getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(operand == getInit() ? *buffer : withoutGaps(rewriter, getLoc(), *buffer));
  }
  AttentionOp::create(rewriter, getLoc(), TypeRange(), buffers, getOperation()->getAttrs());
  bufferization::replaceOpWithBufferizedValues(rewriter, *this, buffers.back());
  return success();
}
