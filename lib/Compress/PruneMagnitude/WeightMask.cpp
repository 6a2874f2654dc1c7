// Applies a mask to a weight in any form.
#include "lib/Compress/PruneMagnitude/WeightMask.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

int64_t WeightMask::count() const {
  int64_t sum = 0;
  for (char byte : bytes)
    sum += llvm::popcount(uint8_t(byte));
  return sum;
}

/// Gives operand `index` of `op` a new constant of the same type; an own one where others use the
/// old one.
static void replaceConstant(Operation *op, unsigned index,
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

/// Zeroes codes or numbers of an expression that others read through `user`.
static void zeroIn(const WeightExpression &values, Operation *user, unsigned operand,
                   const WeightMask &mask) {
  switch (values.form()) {
  case WeightExpression::Form::Dense:
    return replaceConstant(user, operand, [&](MutableArrayRef<char> bytes) {
      size_t width = bytes.size() / values.size();
      llvm::copy(values.constant().bytes(), bytes.begin());
      for (int64_t i = 0; i < values.size(); ++i)
        if (!mask.keeps(i))
          std::fill_n(bytes.begin() + i * width, width, 0);
    });
  case WeightExpression::Form::Quantized:
    return replaceConstant(values.op(), 0, [&](MutableArrayRef<char> bytes) {
      const onnx::ConstantView &codes = values.constant();
      std::fill(bytes.begin(), bytes.end(), 0);
      for (int64_t i = 0; i < values.size(); ++i) {
        int64_t zero = values.zeroPoints() ? values.zeroPoints()->intAt(values.scaleOf(i)) : 0;
        onnx::storeBits(bytes.data(), codes.type().getElementTypeBitWidth(), i,
                        unsigned(mask.keeps(i) ? codes.intAt(i) : zero));
      }
    });
  case WeightExpression::Form::Sparse: {
    WeightMask inner(values.values().size());
    for (int64_t i = 0; i < values.size(); ++i)
      if (values.isKept(i) && mask.keeps(i))
        inner.keep(values.positionOf(i));
    return zeroIn(values.values(), values.op(), 1, inner);
  }
  }
}

void retort::applyMask(LinearWeight &weight, const WeightMask &mask) {
  if (weight.values.form() == WeightExpression::Form::Dense)
    return weight.rewrite(1, [&](int64_t begin, MutableArrayRef<float> piece) {
      for (size_t i = 0; i < piece.size(); ++i)
        if (!mask.keeps(begin + i))
          piece[i] = 0;
    });
  zeroIn(weight.values, nullptr, 0, mask);
  weight.values = *WeightExpression::of(weight.op->getResult(0));
}

void retort::storeKept(LinearWeight &weight, const WeightMask &mask, int64_t n, int64_t m) {
  compress::Groups groups = weight.groups(m);
  int64_t axis = weight.inputAxis(), inner = groups.inner;
  RankedTensorType type = weight.type();
  SmallVector<int64_t> shape(type.getShape());
  int64_t kept = shape[axis] = compress::DecodeSparseOp::keptLength(groups.length, n, m);
  FloatType element = weight.element();
  Value values = weight.addConstant("_values", type.clone(shape), [&](MutableArrayRef<char> bytes) {
    std::vector<int64_t> next(inner); // of each column, the row of the values to be written next
    size_t width = element.getWidth() / 8;
    weight.values.forEachPiece(inner, [&](int64_t begin, ArrayRef<float> piece) {
      for (size_t i = 0; i < piece.size(); ++i) {
        int64_t row = (begin + i) / inner, column = (begin + i) % inner;
        if (row % groups.length == 0)
          next[column] = row / groups.length * kept;
        if (mask.keeps(begin + i))
          compress::encodeFloats(element, piece[i],
                                 bytes.data() + (next[column]++ * inner + column) * width);
      }
    });
  });
  auto maskType = RankedTensorType::get(
      int64_t(mask.packed().size()), IntegerType::get(type.getContext(), 8, IntegerType::Unsigned));
  Value bits = weight.addConstant("_mask", maskType, [&](MutableArrayRef<char> bytes) {
    llvm::copy(mask.packed(), bytes.begin());
  });
  OpBuilder builder(weight.op);
  auto number = [&](int64_t value) { return builder.getI64IntegerAttr(value); };
  weight.replaceBy(compress::DecodeSparseOp::create(builder, weight.loc(), type, bits, values,
                                                    number(n), number(m), number(axis)));
}
