// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The llm dialect in operations of ONNX.
#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "lib/Export/ExpandLlm.h"
#include "lib/Raise/OpsetImports.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/Schema.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_LOWERLLMTOONNXPASS
#define GEN_PASS_DEF_LOWERLLMTOONNXPASS
#include "lib/Export/LowerLlmToOnnx.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static void replaceNamed(IRRewriter &rewriter, Operation *op, Value by) {
  onnx::replaceValue(rewriter, op->getResult(0), by);
  rewriter.eraseOp(op);
}

/// One row of angles for each row of the input: batch x 1 x rows x W / 2.
static Value anglesOf(OnnxBuilder &b, llm::RopeOp op, Value table) {
  Value rows = op.getPositions() ? b.gather(table, op.getPositions(), 0) : table;
  return b.unsqueeze(b.cast(rows, b.raw().getF32Type()), {1});
}

void retort::expandRope(IRRewriter &rewriter, llm::RopeOp op) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  auto type = typeOf(op.getInput());
  int64_t half = typeOf(op.getCos()).getShape().back(), width = type.getShape().back();
  Value input = b.cast(op.getInput(), rewriter.getF32Type());
  Value turning = 2 * half == width ? input : b.slice(input, 3, 0, 2 * half);
  Value first, second;
  if (op.getInterleaved()) {
    first = b.sliceEvery(turning, 3, 0, half, 2);
    second = b.sliceEvery(turning, 3, 1, half, 2);
  } else {
    first = b.slice(turning, 3, 0, half);
    second = b.slice(turning, 3, half, 2 * half);
  }
  Value cos = anglesOf(b, op, op.getCos()), sin = anglesOf(b, op, op.getSin());
  Value left = b.subtract(b.multiply(first, cos), b.multiply(second, sin));
  Value right = b.add(b.multiply(second, cos), b.multiply(first, sin));
  Value turned = op.getInterleaved()
                     ? b.reshape(b.concat({b.unsqueeze(left, {4}), b.unsqueeze(right, {4})}, 4),
                                 {0, 0, 0, 2 * half})
                     : b.concat({left, right}, 3);
  if (2 * half != width)
    turned = b.concat({turned, b.slice(input, 3, 2 * half, width)}, 3);
  replaceNamed(rewriter, op, b.cast(turned, type.getElementType()));
}

void retort::expandRmsNorm(IRRewriter &rewriter, llm::RmsNormOp op, bool fused) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  Type f32 = rewriter.getF32Type(), element = typeOf(op.getInput()).getElementType();
  if (fused && typeOf(op.getWeight()).getElementType() == element) {
    replaceNamed(
        rewriter, op,
        b.rmsNormalization(op.getInput(), op.getWeight(), op.getEpsilon().convertToFloat()));
    return;
  }
  Value input = b.cast(op.getInput(), f32);
  Value mean = b.meanAlongLast(b.multiply(input, input));
  Value root = b.squareRoot(b.add(mean, b.number(op.getEpsilon().convertToFloat(), f32)));
  Value normalized = b.cast(b.divide(input, root), element);
  replaceNamed(rewriter, op,
               b.cast(b.multiply(normalized, b.cast(op.getWeight(), element)), element));
}

void retort::expandTensorScatter(IRRewriter &rewriter, onnx::TensorScatterOp op) {
  rewriter.setInsertionPoint(op);
  OnnxBuilder b(rewriter, op.getLoc());
  int64_t rank = typeOf(op.getUpdate()).getRank();
  int64_t axis = onnx::frontAxis(op.getAxis(), rank);
  SmallVector<int64_t> behindRows, behindBatch;
  for (int64_t i = axis + 1; i < rank; ++i)
    behindRows.push_back(i - axis);
  for (int64_t i = 1; i < rank; ++i)
    behindBatch.push_back(i);
  Value rows = b.range(b.squeeze(b.size(op.getUpdate(), axis), {0}));
  if (!behindRows.empty())
    rows = b.unsqueeze(rows, behindRows);
  if (Value begin = op.getWriteIndices())
    rows = b.add(rows, b.unsqueeze(begin, behindBatch));
  Value places = b.expand(rows, b.shape(op.getUpdate()));
  replaceNamed(rewriter, op, b.scatterElements(op.getPastCache(), places, op.getUpdate(), axis));
}

namespace {
struct LowerLlmToOnnxPass : retort::impl::LowerLlmToOnnxPassBase<LowerLlmToOnnxPass> {
  using Base::Base;

  void runOnOperation() override {
    if (!llvm::is_contained({"standard", "contrib", "expanded"}, retention.getValue())) {
      getOperation().emitError()
          << "expects 'retention' to be standard, contrib or expanded, found '" << retention << "'";
      return signalPassFailure();
    }
    int64_t opset = OpsetImports(getOperation()).version("");
    hasNorm = onnx::findSchema("", "RMSNormalization", opset);
    hasScatter = onnx::findSchema("", "TensorScatter", opset);
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> found;
    getOperation().walk([&](Operation *op) {
      if (isa<llm::LlmDialect>(op->getDialect()) || isa<onnx::TensorScatterOp>(op))
        found.push_back(op);
    });
    for (Operation *op : found)
      if (failed(expand(rewriter, op)))
        return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!found.empty() && failed(onnx::SymbolicDims().infer(function)))
        return signalPassFailure();
  }

  LogicalResult expand(IRRewriter &rewriter, Operation *op) {
    if (auto attention = dyn_cast<llm::AttentionOp>(op))
      return expandAttention(rewriter, attention);
    if (auto kept = dyn_cast<llm::RetentionOp>(op))
      return expandRetention(rewriter, kept,
                             retention == "expanded"  ? RetentionOperators::Expanded
                             : retention == "contrib" ? RetentionOperators::Contrib
                                                      : RetentionOperators::Standard);
    if (auto rope = dyn_cast<llm::RopeOp>(op))
      expandRope(rewriter, rope);
    else if (auto norm = dyn_cast<llm::RmsNormOp>(op))
      expandRmsNorm(rewriter, norm, hasNorm);
    else if (auto scatter = dyn_cast<onnx::TensorScatterOp>(op);
             scatter && !hasScatter && scatter.getMode() == "linear")
      expandTensorScatter(rewriter, scatter);
    return success();
  }

  bool hasNorm = false, hasScatter = false;
};
} // namespace
