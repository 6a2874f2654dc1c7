// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds constant matrices, and the format in which kernels read them.
#include "lib/Lower/WeightMatrix.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Formats/Dense/Dense.h"
#include "lib/Formats/Sparse/Sparse.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

Attribute retort::keyOf(Value value) {
  Operation *op = value.getDefiningOp();
  Builder builder(value.getContext());
  if (Attribute constant = op->getNumOperands() == 0 ? op->getAttr("value") : Attribute())
    return constant;
  SmallVector<Attribute> parts{builder.getStringAttr(op->getName().getStringRef())};
  if (Attribute properties = op->getPropertiesAsAttribute())
    parts.push_back(properties);
  for (Value operand : op->getOperands())
    parts.push_back(operand ? keyOf(operand) : builder.getUnitAttr());
  return builder.getArrayAttr(parts);
}

std::optional<WeightMatrix> retort::weightMatrixOf(Value matrix, bool isSwapped) {
  Operation *op = matrix.getDefiningOp();
  auto type = dyn_cast<RankedTensorType>(matrix.getType());
  if (!op || !type || type.getRank() != 2)
    return std::nullopt;
  if (isa<onnx::TransposeOp>(op)) {
    auto order = onnx::intsAttribute(op, "perm");
    if (order && *order != SmallVector<int64_t>{1, 0})
      return std::nullopt;
    return weightMatrixOf(op->getOperand(0), !isSwapped);
  }
  // Kernels widen what they read.
  if (isa<onnx::CastOp>(op) && type.getElementType().isF32() &&
      linear::isReal(getElementTypeOrSelf(op->getOperand(0).getType())))
    return weightMatrixOf(op->getOperand(0), isSwapped);
  auto source = WeightExpression::of(matrix);
  if (!source || !onnx::isLarge(type) || !linear::isReal(type.getElementType()) ||
      (source->isPlain() && source->constant().isSplat()))
    return std::nullopt;
  auto result = source->isPlain() ? sparseMatrix(*source, isSwapped) : source->matrix(isSwapped);
  WeightMatrix plain = denseMatrix(*source, isSwapped);
  auto numbers = cast<FloatType>(type.getElementType());
  if (!result || result->bytes(numbers) >= plain.bytes(numbers))
    result = plain;
  Builder builder(op->getContext());
  result->key = builder.getArrayAttr({keyOf(matrix), builder.getBoolAttr(isSwapped)});
  return result;
}
