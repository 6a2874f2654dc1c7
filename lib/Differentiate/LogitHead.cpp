// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds what makes the logits of a row.
//   %z = onnx.MatMul(%h, %w); %c = onnx.Tanh(%z); %logits = onnx.Mul(%c, %cap)
#include "lib/Differentiate/LogitHead.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Backward.h"

using namespace mlir;
using namespace retort;

/// Whether all rows of a matrix meet the same numbers of it.
static bool isAlikeForRows(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape())
    return false;
  ArrayRef<int64_t> shape = type.getShape();
  return shape.empty() || llvm::all_of(shape.drop_back(), [](int64_t size) { return size == 1; });
}

static int64_t countOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() ? type.getNumElements() : -1;
}

/// The operand of a product that rows come in by; null where it is none of rows and a matrix.
static OpOperand *rowsOfProduct(Operation *op) {
  auto isMatrix = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.hasStaticShape() && type.getRank() == 2;
  };
  if (auto product = dyn_cast<onnx::MatMulOp>(op))
    return isMatrix(product.getB()) && shapeOf(product.getA()).size() >= 2 ? &op->getOpOperand(0)
                                                                           : nullptr;
  auto gemm = dyn_cast<onnx::GemmOp>(op);
  bool isPlain = gemm && !gemm.getTransA() && isMatrix(gemm.getB());
  return isPlain && (!gemm.getC() || isAlikeForRows(gemm.getC())) ? &op->getOpOperand(0) : nullptr;
}

/// The operand whose elements are those of the result; null where others have rows of their own.
static OpOperand *rowsOfElements(Operation *op) {
  if (!onnx::elementKindOf(op) || op->getNumResults() != 1)
    return nullptr;
  OpOperand *found = nullptr;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!operand.get() || isAlikeForRows(operand.get()))
      continue;
    if (found || countOf(operand.get()) != countOf(op->getResult(0)))
      return nullptr;
    found = &operand;
  }
  return found;
}

/// A view that leaves rows as they are.
static bool keepsRows(Operation *op) {
  if (!isa<onnx::ReshapeOp, onnx::SqueezeOp, onnx::UnsqueezeOp>(op))
    return false;
  Value from = op->getOperand(0), to = op->getResult(0);
  return countOf(from) > 0 && countOf(from) == countOf(to) && !shapeOf(from).empty() &&
         !shapeOf(to).empty() && shapeOf(from).back() == shapeOf(to).back();
}

std::optional<LogitHead> LogitHead::of(Value logits) {
  LogitHead head;
  // One row alone is alike for all.
  if (countOf(logits) < 0 || shapeOf(logits).size() != 2 || shapeOf(logits)[0] < 2)
    return std::nullopt;
  for (Value value = logits; Operation *op = value.getDefiningOp();) {
    if (keepsRows(op)) {
      value = op->getOperand(0);
      continue;
    }
    OpOperand *product = rowsOfProduct(op), *rows = product ? product : rowsOfElements(op);
    if (!rows)
      return std::nullopt;
    head.way.insert(head.way.begin(), rows);
    value = rows->get();
    if (product) {
      head.source = value;
      return head;
    }
  }
  return std::nullopt;
}

int64_t LogitHead::width() const { return shapeOf(source).back(); }

SmallVector<Value> LogitHead::others() const {
  SmallVector<Value> result;
  for (OpOperand *rows : way)
    for (OpOperand &operand : rows->getOwner()->getOpOperands())
      if (&operand != rows && operand.get())
        result.push_back(operand.get());
  return result;
}

Value LogitHead::logitsOf(OnnxBuilder &build, Value rows) const {
  Value value = rows;
  for (OpOperand *place : way) {
    Operation *op = place->getOwner();
    bool isProduct = place == way.front();
    IRMapping map;
    map.map(place->get(), value);
    // Axes in front of the last would come into the result.
    for (OpOperand &operand : op->getOpOperands())
      if (Value other = operand.get(); !isProduct && other && &operand != place &&
                                       cast<RankedTensorType>(other.getType()).getRank() > 2)
        map.map(other, build.reshape(other, {shapeOf(other).back()}));
    Operation *copy = build.raw().clone(*op, map);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    copy->getResult(0).setType(type.clone({shapeOf(rows)[0], type.getShape().back()}));
    value = copy->getResult(0);
  }
  return value;
}
