// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Onnx/Constants.h"

#include "dialects/Onnx/Evaluate/Tensor.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// Constants of more elements hold data, not parameters.
static constexpr int64_t mostIntegers = 1024;

std::optional<double> retort::scalarOf(Value value) {
  auto view = value ? onnx::ConstantView::of(value) : std::nullopt;
  if (!view || view->size() != 1)
    return std::nullopt;
  return isa<FloatType>(view->type().getElementType()) ? view->floatAt(0) : double(view->intAt(0));
}

std::optional<SmallVector<int64_t>> retort::integersOf(Value value) {
  auto view = value ? onnx::ConstantView::of(value) : std::nullopt;
  if (!view || !isa<IntegerType>(view->type().getElementType()) || view->size() > mostIntegers)
    return std::nullopt;
  return llvm::map_to_vector(llvm::seq(view->size()), [&](int64_t i) { return view->intAt(i); });
}

Value retort::makeConstantOp(OpBuilder &builder, Location loc, ElementsAttr value) {
  OperationState state(loc, onnx::ConstantOp::getOperationName());
  state.addTypes(value.getType());
  state.addAttribute("value", value);
  return builder.create(state)->getResult(0);
}

Value retort::makeIntegers(OpBuilder &builder, Location loc, ArrayRef<int64_t> values) {
  return makeConstantOp(builder, loc,
                        onnx::Tensor::ints(builder.getContext(), values).attribute("integers"));
}

Value retort::makeSplat(OpBuilder &builder, Location loc, Type element, int64_t size,
                        double value) {
  auto type = RankedTensorType::get({size}, element);
  return makeConstantOp(builder, loc,
                        DenseElementsAttr::get(type, builder.getFloatAttr(element, value)));
}
