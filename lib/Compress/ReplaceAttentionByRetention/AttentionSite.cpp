// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an attention stands in its layer.
//
//   %v = heads of onnx.MatMul(%input, %wv)
//   %y = llm.attention(%q, %k, %v)
//   %merged = onnx.Reshape(onnx.Transpose(%y)), %output = onnx.MatMul(%merged, %weight)
#include "lib/Compress/ReplaceAttentionByRetention/AttentionSite.h"
#include "lib/Compress/ReplaceAttentionByRetention/GemmOfRows.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Analysis/WeightUses.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

SmallVector<llm::AttentionOp> retort::attentionsOf(func::FuncOp function) {
  SmallVector<llm::AttentionOp> found;
  function.walk([&](llm::AttentionOp op) { found.push_back(op); });
  return found;
}

std::string retort::whyNotReplaced(llm::AttentionOp op) {
  if (!op.getCausal())
    return "expects causal self-attention, found attention to all columns";
  if (op.getBias())
    return "expects scores without a bias, found one";
  if (op.getKeyLength() || op.getOffset())
    return "expects keys that end with the last row, found a cache of another length";
  if (op.getMask()) {
    RankedTensorType mask = typeOf(op.getMask());
    if (mask.getRank() > 1 && mask.getDimSize(mask.getRank() - 2) != 1)
      return "expects a mask of columns, found one that differs between rows";
    if (mask.getRank() == 4 && mask.getDimSize(1) != 1)
      return "expects a mask of columns, found one that differs between heads";
    if (mask.getRank() != 4 && mask.getRank() > 2)
      return "expects a mask of rank 4, found one of rank " + std::to_string(mask.getRank());
  }
  if (ShapedType::isDynamic(typeOf(op.getKey()).getDimSize(1)) ||
      ShapedType::isDynamic(typeOf(op.getQuery()).getDimSize(1)))
    return "expects a known number of heads";
  return "";
}

/// What the fit does not compute.
static std::string whyNotFitted(llm::AttentionOp op) {
  if (op.getPastKey())
    return "expects a model that reads whole texts, found a cache as input";
  if (op.getLeftWindow() || op.getRightWindow())
    return "expects attention to the whole past, found a window";
  if (op.getSoftcap() || op.getSinks())
    return "expects a plain softmax, found a soft cap or sinks";
  if (!op.getPresentKey().use_empty() || !op.getPresentValue().use_empty())
    return "expects keys and values that stay in the model, found them as results";
  for (Value operand : {op.getQuery(), op.getKey(), op.getValue()})
    if (ShapedType::isDynamic(typeOf(operand).getDimSize(1)) ||
        ShapedType::isDynamic(typeOf(operand).getDimSize(3)))
      return "expects known numbers and widths of heads";
  return "";
}

/// The first operand that is no constant, of an operation that moves, converts, or adds constants.
static Value passedOn(Operation *op) {
  if (onnx::movementOf(op) || onnx::isConversion(op))
    return op->getOperand(0);
  if (!isa<onnx::AddOp>(op))
    return Value();
  for (unsigned i : {0u, 1u})
    if (onnx::ConstantView::of(op->getOperand(i)))
      return op->getOperand(1 - i);
  return Value();
}

/// Of the product that a value is made by.
static Value activationBefore(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (isa<onnx::MatMulOp, onnx::GemmOp>(op)) {
      Value rows = rowsOf(op->getOperand(0));
      return rows ? rows : op->getOperand(0);
    }
    value = passedOn(op);
    if (!value)
      break;
  }
  return Value();
}

FailureOr<AttentionSite> AttentionSite::of(llm::AttentionOp op, Refusal &refusal) {
  for (std::string reason : {whyNotReplaced(op), whyNotFitted(op)})
    if (!reason.empty()) {
      refusal = reason;
      return failure();
    }
  AttentionSite site{op, activationBefore(op.getValue()), {}, nullptr, {}};
  site.product = productBehind(op.getResult(), site.merged);
  if (!site.product) {
    refusal = "expects heads that are merged and multiplied with one matrix";
    return failure();
  }
  site.weight = site.product->getOperand(1);
  auto weight = onnx::ConstantView::of(site.weight);
  auto gemm = dyn_cast<onnx::GemmOp>(site.product);
  if (!weight || weight->type().getRank() != 2 || gemm ||
      weight->type().getDimSize(0) != site.heads() * site.valueWidth()) {
    refusal = "expects an output projection that is a plain constant of a MatMul";
    return failure();
  }
  if (!site.input || typeOf(site.input).getRank() != 3 || typeOf(site.merged).getRank() != 3 ||
      ShapedType::isDynamic(site.inputs())) {
    refusal = "expects values that are a product of one activation of rank 3";
    return failure();
  }
  return site;
}
