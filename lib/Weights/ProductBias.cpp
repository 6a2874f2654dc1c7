// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the bias behind a product, and changes it.
#include "lib/Weights/ProductBias.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

using namespace mlir;
using namespace retort;

/// One number for each output, and one reader.
static bool isBias(Value value, Value result) {
  auto type = dyn_cast<RankedTensorType>(value.getType()),
       outputs = dyn_cast<RankedTensorType>(result.getType());
  return type && outputs && type.hasStaticShape() && type.getRank() > 0 && outputs.getRank() > 0 &&
         isa<FloatType>(type.getElementType()) && value.hasOneUse() &&
         isa_and_present<onnx::InitializerOp, onnx::ConstantOp>(value.getDefiningOp()) &&
         type.getNumElements() == type.getShape().back() &&
         type.getShape().back() == outputs.getShape().back();
}

Value retort::biasBehind(Operation *product) {
  Value result = product->getResult(0);
  if (isa<onnx::GemmOp, onnx::MicrosoftFusedGemmOp>(product))
    return product->getNumOperands() > 2 && isBias(product->getOperand(2), result) &&
                   onnx::floatAttribute(product, "beta", 1) == 1 &&
                   onnx::floatAttribute(product, "alpha", 1) == 1
               ? product->getOperand(2)
               : Value();
  if (!isa<onnx::MatMulOp>(product) || !result.hasOneUse() ||
      !isa<onnx::AddOp>(*result.getUsers().begin()))
    return {};
  Operation *sum = *result.getUsers().begin();
  for (Value operand : sum->getOperands())
    if (operand != result && isBias(operand, result))
      return operand;
  return {};
}

void retort::addToBias(Value bias, ArrayRef<double> numbers) {
  auto view = onnx::ConstantView::of(bias);
  std::vector<float> values = view->floats(0, view->size());
  for (auto [value, number] : llvm::zip_equal(values, numbers))
    value = float(value + number);
  auto fill = [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(cast<FloatType>(view->type().getElementType()), values, bytes.data());
  };
  bias.getDefiningOp()->setAttr("value",
                                onnx::makeConstant(view->type(), onnx::valueName(bias), fill));
}

void retort::addBias(Operation *product, LinearWeight &weight, ArrayRef<double> numbers) {
  FloatType element = weight.element();
  std::vector<float> values(numbers.begin(), numbers.end());
  auto type = RankedTensorType::get({int64_t(numbers.size())}, element);
  Value bias = weight.addConstant("_bias", type, [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(element, values, bytes.data());
  });
  IRRewriter rewriter(product->getContext());
  rewriter.setInsertionPointAfter(product);
  Value result = product->getResult(0);
  std::string name = onnx::valueName(result).str();
  auto sum = onnx::AddOp::create(rewriter, product->getLoc(), result.getType(), result, bias);
  result.replaceAllUsesExcept(sum, sum);
  // What was the result of the product is that of the sum.
  if (!name.empty()) {
    onnx::setValueName(result, "");
    onnx::setValueName(sum, name);
  }
}
