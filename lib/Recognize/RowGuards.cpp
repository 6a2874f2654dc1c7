// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recognize/RowGuards.h"

#include "dialects/Onnx/Constants.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// Whether the value is one number for each row: its last axis has size 1.
static bool isOnePerRow(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && (type.getRank() == 0 || type.getShape().back() == 1);
}

/// The product whose left operand the operation guards, if it is a guard of a softmax.
static onnx::MatMulOp guardedProduct(onnx::WhereOp where) {
  Value condition = where->getOperand(0), shares = where->getOperand(2);
  auto type = dyn_cast<RankedTensorType>(shares.getType());
  if (!shares.getDefiningOp<onnx::SoftmaxOp>() || !type || type.getRank() < 2 ||
      type != where->getResult(0).getType() || !isOnePerRow(condition) ||
      scalarOf(where->getOperand(1)) != 0.0 || !where->getResult(0).hasOneUse())
    return {};
  auto product = dyn_cast<onnx::MatMulOp>(*where->getResult(0).user_begin());
  bool left = product && product->getOperand(0) == where->getResult(0);
  auto values =
      left ? dyn_cast<RankedTensorType>(product->getOperand(1).getType()) : RankedTensorType();
  return values && values.getRank() >= 2 ? product : onnx::MatMulOp();
}

void retort::moveRowGuards(IRRewriter &rewriter, func::FuncOp function) {
  SmallVector<onnx::WhereOp> guards;
  function.walk([&](onnx::WhereOp where) { guards.push_back(where); });
  for (onnx::WhereOp where : guards) {
    onnx::MatMulOp product = guardedProduct(where);
    if (!product)
      continue;
    Value shares = where->getOperand(2), result = product->getResult(0);
    rewriter.modifyOpInPlace(product, [&] { product->setOperand(0, shares); });
    rewriter.setInsertionPointAfter(product);
    Value guarded = onnx::WhereOp::create(rewriter, where.getLoc(), result.getType(),
                                          where->getOperand(0), where->getOperand(1), result);
    rewriter.replaceAllUsesExcept(result, guarded, guarded.getDefiningOp());
    rewriter.eraseOp(where);
  }
}
