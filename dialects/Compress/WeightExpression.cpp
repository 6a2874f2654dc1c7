// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a weight, plain or compressed, as the numbers that it stands for.
#include "dialects/Compress/WeightExpression.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;
using namespace retort::compress;

std::optional<WeightExpression> WeightExpression::of(Value value) {
  Operation *op = value.getDefiningOp();
  auto type = op ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type || !type.hasStaticShape() || !isa<FloatType>(type.getElementType()))
    return std::nullopt;
  WeightExpression result;
  result.root = op;
  result.tensorType = type;
  if (op->getNumOperands() == 0) {
    result.leaf = onnx::ConstantView::of(value);
    return result.leaf ? std::optional(result) : std::nullopt;
  }
  for (auto &form : formsOf(op->getContext()))
    if ((result.reader = form->recognize(value)))
      return result;
  return std::nullopt;
}

StringRef WeightExpression::name() const {
  if (reader)
    return reader->name();
  auto name = root->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : "";
}

void WeightExpression::read(int64_t begin, MutableArrayRef<float> result) const {
  if (!reader)
    return leaf->readFloats(begin, result);
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = reader->at(begin + i);
}

void WeightExpression::forEachPiece(
    int64_t slab, llvm::function_ref<void(int64_t, MutableArrayRef<float>)> visit) const {
  constexpr int64_t preferred = 1 << 16;
  int64_t step = llvm::divideCeil(preferred, slab) * slab;
  std::vector<float> piece;
  for (int64_t begin = 0; begin < size(); begin += piece.size()) {
    piece.resize(std::min(size() - begin, step));
    read(begin, piece);
    visit(begin, piece);
  }
}

void compress::encodeFloats(FloatType type, ArrayRef<float> numbers, char *bytes) {
  if (type.isF32()) {
    std::memcpy(bytes, numbers.data(), numbers.size() * 4);
    return;
  }
  size_t width = type.getWidth() / 8;
  for (float value : numbers) {
    APFloat number(value);
    bool inexact;
    number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
    uint64_t bits = number.bitcastToAPInt().getZExtValue();
    std::memcpy(bytes, &bits, width); // little endian, as ONNX
    bytes += width;
  }
}

ElementsAttr compress::expand(const WeightExpression &weight) {
  if (weight.isPlain())
    return cast<ElementsAttr>(weight.op()->getAttr("value"));
  auto element = cast<FloatType>(weight.type().getElementType());
  return onnx::makeConstant(weight.type(), weight.name(), [&](MutableArrayRef<char> bytes) {
    weight.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
      encodeFloats(element, piece, bytes.data() + begin * (element.getWidth() / 8));
    });
  });
}

Value compress::createConstantBefore(Operation *op, ElementsAttr value, StringRef name) {
  OpBuilder builder(op);
  return onnx::InitializerOp::create(builder, op->getLoc(), value.getType(), name, value, {});
}

StringRef compress::nameOfConstant(Value constant) {
  auto name = constant.getDefiningOp()->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : "weight";
}

void compress::replaceConstant(Operation *op, unsigned index,
                               llvm::function_ref<void(MutableArrayRef<char>)> fill) {
  Operation *constant = op->getOperand(index).getDefiningOp();
  if (!constant->hasOneUse()) {
    constant = OpBuilder(op).clone(*constant);
    op->setOperand(index, constant->getResult(0));
  }
  auto name = constant->getAttrOfType<StringAttr>("name");
  constant->setAttr("value",
                    onnx::makeConstant(cast<RankedTensorType>(constant->getResult(0).getType()),
                                       name ? name.getValue() : "", fill));
}

void compress::eraseExpression(Operation *op) {
  if (!op || !op->use_empty())
    return;
  SmallVector<Value> operands(op->getOperands());
  op->erase();
  for (Value operand : operands)
    eraseExpression(operand.getDefiningOp());
}

void compress::replaceExpression(Operation *expression, Value by) {
  onnx::inheritName(expression->getResult(0), by);
  expression->getResult(0).replaceAllUsesExcept(by, by.getDefiningOp());
  eraseExpression(expression);
}
