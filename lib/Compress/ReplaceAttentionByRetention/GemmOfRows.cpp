// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Output projections that are written as Gemm, as products of rows.
//
//   %m = onnx.Reshape(%heads: BxTxHxE) : (BT)xK, %y = onnx.Gemm(%m, %w, %b) : (BT)xN
//     ==> %r = onnx.Reshape(%heads) : BxTxK, %p = onnx.MatMul(%r, %w), %s = onnx.Add(%p, %b),
//         %y = onnx.Reshape(%s) : (BT)xN
#include "lib/Compress/ReplaceAttentionByRetention/GemmOfRows.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Operation *retort::productBehind(Value value, Value &merged) {
  for (int step = 0; step < 8 && value.hasOneUse(); ++step) {
    Operation *user = *value.getUsers().begin();
    if (isa<onnx::MatMulOp, onnx::GemmOp>(user) && user->getOperand(0) == value) {
      merged = value;
      return user;
    }
    if (!onnx::movementOf(user) && !onnx::isConversion(user))
      return nullptr;
    if (user->getOperand(0) != value)
      return nullptr;
    value = user->getResult(0);
  }
  return nullptr;
}

Value retort::rowsOf(Value matrix) {
  auto reshape = matrix.getDefiningOp<onnx::ReshapeOp>();
  if (typeOf(matrix).getRank() != 2 || !reshape)
    return Value();
  Value data = reshape.getData();
  bool isOfRows = typeOf(data).getRank() == 3 && !typeOf(data).isDynamicDim(2) &&
                  typeOf(data).getDimSize(2) == typeOf(matrix).getDimSize(1);
  return isOfRows ? data : Value();
}

/// Heads that are merged behind texts and rows: B x T x H x E, or B x T x K.
static bool areMergedHeads(Value value, int64_t width) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() < 3)
    return false;
  int64_t merged = 1;
  for (int64_t size : type.getShape().drop_front(2))
    merged *= ShapedType::isDynamic(size) ? 0 : size;
  return merged == width;
}

void retort::writeProductOfRows(Operation *product) {
  auto gemm = dyn_cast_or_null<onnx::GemmOp>(product);
  auto reshape = gemm ? gemm.getA().getDefiningOp<onnx::ReshapeOp>() : onnx::ReshapeOp();
  if (!reshape || gemm.getTransA() || gemm.getTransB() || gemm.getAlpha() != 1 ||
      gemm.getBeta() != 1)
    return;
  RankedTensorType weight = typeOf(gemm.getB());
  bool hasRowBias = !gemm.getC() || typeOf(gemm.getC()).getRank() <= 1;
  if (!weight.hasStaticShape() || !hasRowBias ||
      !areMergedHeads(reshape.getData(), weight.getDimSize(0)))
    return;
  IRRewriter rewriter(gemm);
  OnnxBuilder b(rewriter, gemm.getLoc());
  Value rows = reshape.getData();
  if (typeOf(rows).getRank() > 3)
    rows = b.reshape(rows, {0, 0, weight.getDimSize(0)});
  Value result = b.product(rows, gemm.getB());
  if (gemm.getC())
    result = b.add(result, gemm.getC());
  onnx::replaceValue(rewriter, gemm.getResult(), b.reshape(result, {-1, weight.getDimSize(1)}));
  rewriter.eraseOp(gemm);
  if (reshape->use_empty())
    rewriter.eraseOp(reshape);
}
