// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The axes of products.
#include "lib/Recognize/Product.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Einsum.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : -1;
}

/// Leading axes end at the same place; `summed` and `kept` are the places of the last two.
static Factor factorOf(Value value, unsigned rank, bool isLeft, bool transposed) {
  Factor factor{value, {}};
  int own = rankOf(value);
  for (int axis = 0; axis + 2 < own; ++axis)
    factor.axes.push_back(axis + int(rank) - own);
  int kept = int(rank) - (isLeft ? 2 : 1);
  bool summedLast = isLeft != transposed;
  factor.axes.push_back(summedLast ? kept : Factor::summed);
  factor.axes.push_back(summedLast ? Factor::summed : kept);
  return factor;
}

static std::optional<Product> matrixProduct(Operation *op, bool transposeLeft,
                                            bool transposeRight) {
  Value left = op->getOperand(0), right = op->getOperand(1);
  if (rankOf(left) < 2 || rankOf(right) < 2)
    return std::nullopt;
  Product product;
  product.op = op;
  product.rank = std::max(rankOf(left), rankOf(right));
  product.left = factorOf(left, product.rank, true, transposeLeft);
  product.right = factorOf(right, product.rank, false, transposeRight);
  return product;
}

static Factor factorOf(Value value, StringRef labels, StringRef output) {
  Factor factor{value, {}};
  for (char label : labels) {
    size_t place = output.find(label);
    factor.axes.push_back(place == StringRef::npos ? Factor::summed : int(place));
  }
  return factor;
}

static bool isOneOfEach(StringRef labels) {
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels.find(labels[i], i + 1) != StringRef::npos)
      return false;
  return true;
}

static std::optional<Product> einsum(EinsumOp op) {
  if (op->getNumOperands() != 2)
    return std::nullopt;
  Value left = op->getOperand(0), right = op->getOperand(1);
  if (rankOf(left) < 0 || rankOf(right) < 0)
    return std::nullopt;
  auto equation = EinsumEquation::parse(op.getEquation(), {rankOf(left), rankOf(right)});
  if (!equation || !isOneOfEach(equation->operands[0]) || !isOneOfEach(equation->operands[1]))
    return std::nullopt;
  Product product;
  product.op = op;
  product.rank = equation->output.size();
  product.left = factorOf(left, equation->operands[0], equation->output);
  product.right = factorOf(right, equation->operands[1], equation->output);
  // One axis is summed, and it is the same in both.
  auto summedLabel = [&](const Factor &factor, StringRef labels) {
    auto *place = llvm::find(factor.axes, Factor::summed);
    return llvm::count(factor.axes, Factor::summed) == 1 ? labels[place - factor.axes.begin()] : 0;
  };
  char label = summedLabel(product.left, equation->operands[0]);
  if (!label || label != summedLabel(product.right, equation->operands[1]))
    return std::nullopt;
  return product;
}

std::optional<Product> retort::productOf(Operation *op) {
  if (auto matmul = dyn_cast_or_null<MatMulOp>(op))
    return matrixProduct(op, false, false);
  if (auto fused = dyn_cast_or_null<MicrosoftFusedMatMulOp>(op)) {
    if (intAttribute(op, "transBatchA", 0) || intAttribute(op, "transBatchB", 0))
      return std::nullopt;
    auto product = matrixProduct(op, intAttribute(op, "transA", 0), intAttribute(op, "transB", 0));
    if (product)
      product->scale = floatAttribute(op, "alpha", 1);
    return product;
  }
  if (auto sum = dyn_cast_or_null<EinsumOp>(op))
    return einsum(sum);
  return std::nullopt;
}
