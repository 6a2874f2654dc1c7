// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the linear dialect; verifies and bufferizes its operation.
#include "dialects/Linear/Linear.h"
#include "dialects/Retort/DestinationEffects.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h" // generated parsers

using namespace mlir;
using namespace retort;

#include "dialects/Linear/LinearDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Linear/LinearAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Linear/LinearOps.cpp.inc"

void linear::LinearDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Linear/LinearAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Linear/LinearOps.cpp.inc"
      >();
  declarePromisedInterfaces<LinearFormatLowering, DenseAttr, GroupsAttr, LevelsAttr, SparseAttr,
                            SparseGroupsAttr>();
  declarePromisedInterfaces<LinearFormatKernel, DenseAttr, GroupsAttr, LevelsAttr, SparseAttr,
                            SparseGroupsAttr>();
}

LogicalResult linear::GroupsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t bits,
                                         int64_t size, bool) {
  if (bits != 2 && bits != 4 && bits != 8)
    return emitError() << "expects 'bits' of 2, 4 or 8, found " << bits;
  if (size < 1)
    return emitError() << "expects 'size' of at least 1, found " << size;
  return success();
}

LogicalResult linear::LevelsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t bits,
                                         int64_t size) {
  if (bits < 2 || bits > 8)
    return emitError() << "expects 'bits' from 2 to 8, found " << bits;
  if (size < 1)
    return emitError() << "expects 'size' of at least 1, found " << size;
  return success();
}

LogicalResult linear::SparseAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t n,
                                         int64_t m) {
  if (m != 2 && m != 4 && m != 8 && m != 16)
    return emitError() << "expects 'm' of 2, 4, 8 or 16, found " << m;
  if (n < 1 || n > m)
    return emitError() << "expects 'n' from 1 to " << m << ", found " << n;
  return success();
}

LogicalResult linear::SparseGroupsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                               int64_t n, int64_t m, int64_t bits, int64_t size) {
  if (m != 2 && m != 4 && m != 8 && m != 16)
    return emitError() << "expects 'm' of 2, 4, 8 or 16, found " << m;
  if (n < 1 || 2 * n > m || !llvm::isPowerOf2_64(n))
    return emitError() << "expects 'n' to be a power of two from 1 to " << m / 2 << ", found " << n;
  if (bits != 2 && bits != 4 && bits != 8)
    return emitError() << "expects 'bits' of 2, 4 or 8, found " << bits;
  int64_t unit = unitOf(n, m, bits);
  if (size < 1 || size % unit != 0)
    return emitError() << "expects 'size' to be a multiple of " << unit << ", found " << size;
  return success();
}

int64_t linear::ProductOp::panels() { return panelsFor(columns()); }

LogicalResult linear::ProductOp::verify() {
  auto rows = cast<ShapedType>(getRows().getType()), init = cast<ShapedType>(getInit().getType());
  if (rows.getRank() != 2 || init.getRank() != 2 || rows.isDynamicDim(1) || init.isDynamicDim(1))
    return emitOpError() << "expects matrices of a known number of columns, found " << rows
                         << " and " << init;
  if (!isReal(rows.getElementType()) || !init.getElementType().isF32())
    return emitOpError() << "expects rows of f32, f16 or bf16 and sums of f32, found " << rows
                         << " and " << init;
  if (bool(getResult()) != isa<RankedTensorType>(init) ||
      (getResult() && getResult().getType() != init))
    return emitOpError(
        "expects a result of the type of 'init' where that is a tensor, and none else");
  auto format = dyn_cast<LinearFormat>(getFormat());
  if (!format)
    return emitOpError() << "expects the format of a weight, found " << getFormat();
  return format.verifyParts([&] { return emitOpError(); }, depth(), columns(),
                            getWeight().getTypes());
}

void linear::ProductOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  addDestinationEffects(*this, effects);
}

bool linear::ProductOp::bufferizesToMemoryRead(OpOperand &operand,
                                               const bufferization::AnalysisState &) {
  return !isDpsInit(&operand);
}

bool linear::ProductOp::bufferizesToMemoryWrite(OpOperand &operand,
                                                const bufferization::AnalysisState &) {
  return isDpsInit(&operand);
}

bufferization::AliasingValueList
linear::ProductOp::getAliasingValues(OpOperand &operand, const bufferization::AnalysisState &) {
  if (!isDpsInit(&operand))
    return {};
  return {{getResult(), bufferization::BufferRelation::Equivalent}};
}

LogicalResult linear::ProductOp::bufferize(RewriterBase &rewriter,
                                           const bufferization::BufferizationOptions &options,
                                           bufferization::BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : getOperands()) {
    auto buffer = bufferization::getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  ProductOp::create(rewriter, getLoc(), TypeRange(), getFormat(), buffers.front(),
                    ArrayRef(buffers).drop_front().drop_back(), buffers.back());
  bufferization::replaceOpWithBufferizedValues(rewriter, *this, buffers.back());
  return success();
}
