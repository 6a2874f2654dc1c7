// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The products that a weight takes part in, and how two factors take its place there.
//
//   x W             (x A) B
//   W y             A (B y)
//   x W' + c        (x B') A' + c     (Gemm, FusedGemm, FusedMatMul, or a Transpose of W)
//   rows of W       (rows of A) B     (Gather)
#include "lib/Compress/FactorizeSvd/ProductUses.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Analysis/WeightUses.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

static std::string whyNot(OpOperand &use) {
  Operation *op = use.getOwner();
  if (isa<onnx::MatMulOp>(op))
    return "";
  if (isa<onnx::GemmOp, onnx::MicrosoftFusedGemmOp, onnx::MicrosoftFusedMatMulOp>(op) &&
      use.getOperandNumber() == 1)
    return "";
  auto lookup = dyn_cast<onnx::GatherOp>(op);
  if (lookup && use.getOperandNumber() == 0 && lookup.getAxis() == 0)
    return "";
  return "used by '" + op->getName().getStringRef().str() + "', which cannot take two factors";
}

std::string retort::whyNotFactored(Value weight) {
  for (OpOperand &use : weight.getUses()) {
    if (!transposesMatrix(use.getOwner())) {
      if (std::string reason = whyNot(use); !reason.empty())
        return reason;
      continue;
    }
    for (OpOperand &inner : use.getOwner()->getResult(0).getUses())
      if (!isa<onnx::MatMulOp>(inner.getOwner()))
        return whyNot(inner).empty()
                   ? "transposed before '" + inner.getOwner()->getName().getStringRef().str() + "'"
                   : whyNot(inner);
  }
  return "";
}

bool retort::isOnlyTransposed(Value weight) {
  return llvm::all_of(weight.getUsers(), transposesMatrix);
}

/// The type of `like` with its last but `fromBack`-th size replaced.
static Type resized(Value like, int64_t fromBack, int64_t size) {
  auto type = dyn_cast<RankedTensorType>(like.getType());
  if (!type || type.getRank() < fromBack)
    return UnrankedTensorType::get(cast<ShapedType>(like.getType()).getElementType());
  SmallVector<int64_t> shape(type.getShape());
  shape[shape.size() - fromBack] = size;
  return type.clone(shape);
}

/// A copy without what the file said of the original: names are for one operation.
static Operation *copyOf(Operation *op) {
  Operation *copy = OpBuilder(op).clone(*op);
  copy->setDiscardableAttrs(DictionaryAttr::get(op->getContext()));
  return copy;
}

/// A copy without what comes once, after the sums: Gemm's C, scaling, an activation.
static Operation *productAlone(Operation *op) {
  Operation *copy = copyOf(op);
  if (copy->getNumOperands() > 2)
    copy->eraseOperand(2);
  for (StringRef name : {"alpha", "beta"})
    copy->removeAttr(name);
  if (!isa<onnx::MicrosoftFusedGemmOp>(op))
    return copy;
  OperationState state(op->getLoc(), onnx::GemmOp::getOperationName(), copy->getOperands(),
                       copy->getResultTypes());
  for (StringRef name : {"transA", "transB"})
    if (Attribute value = op->getAttr(name))
      state.addAttribute(name, value);
  copy->erase();
  return OpBuilder(op).create(state);
}

/// op(x, W) -> op(op(x, first), second): attributes of the product, such as a bias, belong to the
/// second.
static void splitProduct(Operation *op, unsigned side, Value first, Value second, int64_t rank) {
  Value other = op->getOperand(1 - side);
  Operation *inner = productAlone(op);
  inner->setOperand(side, first);
  bool swapsOther = side == 1 && onnx::intAttribute(op, "transA", 0) != 0;
  Type type = resized(swapsOther ? op->getResult(0) : other, side == 1 ? 1 : 2, rank);
  inner->getResult(0).setType(type);
  op->setOperand(side, second);
  op->setOperand(1 - side, inner->getResult(0));
  op->removeAttr("transA");
}

static void splitLookup(Operation *op, Value left, Value right, int64_t rank) {
  OpBuilder builder(op);
  Operation *rows = copyOf(op);
  rows->setOperand(0, left);
  rows->getResult(0).setType(resized(op->getResult(0), 1, rank));
  OperationState state(op->getLoc(), onnx::MatMulOp::getOperationName());
  state.addOperands({rows->getResult(0), right});
  state.addTypes(op->getResult(0).getType());
  op->getResult(0).replaceAllUsesWith(builder.create(state)->getResult(0));
  op->erase();
}

static Value transpose(OpBuilder &builder, Value matrix) {
  auto type = cast<RankedTensorType>(matrix.getType());
  OperationState state(matrix.getLoc(), onnx::TransposeOp::getOperationName());
  state.addOperands(matrix);
  state.addTypes(type.clone({type.getDimSize(1), type.getDimSize(0)}));
  state.addAttribute("perm", builder.getDenseI64ArrayAttr({1, 0}));
  return builder.create(state)->getResult(0);
}

/// Uses of W, or of W' where `swapped`. Factors as they are needed there: the first is applied
/// first.
static void rewriteUses(Value value, Value left, Value right, int64_t rank) {
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    Operation *op = use.getOwner();
    if (transposesMatrix(op))
      continue;
    if (isa<onnx::GatherOp>(op)) {
      splitLookup(op, left, right, rank);
      continue;
    }
    bool isSwapped = use.getOperandNumber() == 1 && onnx::intAttribute(op, "transB", 0) != 0;
    if (use.getOperandNumber() == 1)
      splitProduct(op, 1, isSwapped ? right : left, isSwapped ? left : right, rank);
    else
      splitProduct(op, 0, right, left, rank);
  }
}

void retort::useFactors(Value weight, Value left, Value right, bool transposed) {
  int64_t rank = cast<RankedTensorType>(right.getType()).getDimSize(transposed ? 1 : 0);
  if (!transposed)
    rewriteUses(weight, left, right, rank);
  for (Operation *user : llvm::make_early_inc_range(weight.getUsers())) {
    if (!transposesMatrix(user))
      continue;
    OpBuilder builder(user);
    // W' = B' A'
    Value first = transposed ? right : transpose(builder, right),
          second = transposed ? left : transpose(builder, left);
    rewriteUses(user->getResult(0), first, second, rank);
    user->erase();
  }
}
