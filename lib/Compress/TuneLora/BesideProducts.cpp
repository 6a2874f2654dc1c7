// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two thin factors beside the products of a weight: W stays as it is stored, and W + A B is never
// formed.
//
//   %y = onnx.MatMul(%x, %w)
//   ==>
//   %0 = onnx.MatMul(%x, %w)
//   %1 = onnx.MatMul(onnx.MatMul(%x, %a), %b)
//   %y = onnx.Add(%0, %1)
#include "lib/Compress/TuneLora/BesideProducts.h"
#include "lib/Analysis/WeightUses.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

using namespace mlir;
using namespace retort;

static std::string nameOf(Operation *op) { return "'" + op->getName().getStringRef().str() + "'"; }

static std::string whyNot(OpOperand &use) {
  Operation *op = use.getOwner();
  if (!isa<onnx::MatMulOp, onnx::GemmOp, onnx::MicrosoftFusedMatMulOp>(op))
    return "is read by " + nameOf(op) + ", which is no product with factors beside it";
  if (use.getOperandNumber() != 1)
    return "is not the second factor of " + nameOf(op);
  for (StringRef name : {"transA", "transBatchA", "transBatchB"})
    if (onnx::intAttribute(op, name, 0) != 0)
      return "is multiplied with what " + nameOf(op) + " transposes";
  return "";
}

/// Calls visit(use, isSwapped) for each reader of the matrix or of its transpose.
template <typename Visit> static void forEachReader(Value weight, Visit visit) {
  auto each = [&](OpOperand &use, bool swapped) {
    visit(use, swapped != (onnx::intAttribute(use.getOwner(), "transB", 0) != 0));
  };
  for (OpOperand &use : weight.getUses()) {
    if (!transposesMatrix(use.getOwner())) {
      each(use, false);
      continue;
    }
    for (OpOperand &inner : use.getOwner()->getResult(0).getUses())
      each(inner, true);
  }
}

std::optional<ProductShape> retort::productsOf(Value weight, std::string &why) {
  auto type = cast<RankedTensorType>(weight.getType());
  std::optional<ProductShape> found;
  if (type.getRank() != 2) {
    why = "of " + std::to_string(type.getRank()) + " axes, expects 2";
    return std::nullopt;
  }
  forEachReader(weight, [&](OpOperand &use, bool swapped) {
    std::string reason = whyNot(use);
    if (reason.empty() && found && found->isSwapped != swapped)
      reason = "is multiplied with as it is and transposed";
    if (why.empty())
      why = reason;
    found = {type.getDimSize(swapped ? 1 : 0), type.getDimSize(swapped ? 0 : 1), swapped};
  });
  if (!found && why.empty())
    why = "is read by no product";
  return why.empty() ? found : std::nullopt;
}

static void addBesideOne(Operation *product, Value a, Value b, double scale) {
  OpBuilder builder(product->getContext());
  builder.setInsertionPointAfter(product);
  OnnxBuilder build(builder, product->getLoc());
  Value result = product->getResult(0);
  Type element = cast<RankedTensorType>(a.getType()).getElementType();
  Value narrow = build.product(build.cast(product->getOperand(0), element), a);
  scale *= onnx::floatAttribute(product, "alpha", 1);
  if (scale != 1)
    narrow = build.multiply(narrow, build.number(scale, element));
  Value beside =
      build.cast(build.product(narrow, b), cast<ShapedType>(result.getType()).getElementType());
  auto sum = onnx::AddOp::create(builder, product->getLoc(), result.getType(), result, beside);
  result.replaceAllUsesExcept(sum, sum);
  std::string name = onnx::valueName(result).str();
  if (name.empty())
    return;
  onnx::setValueName(result, "");
  onnx::setValueName(sum, name);
}

void retort::addBeside(Value weight, Value a, Value b, double scale) {
  SmallVector<Operation *> products;
  forEachReader(weight, [&](OpOperand &use, bool) { products.push_back(use.getOwner()); });
  for (Operation *product : products)
    addBesideOne(product, a, b, scale);
}
