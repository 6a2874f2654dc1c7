// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Applies a mask to a weight in any form.
#include "lib/Weights/WeightMask.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;

int64_t WeightMask::count() const {
  int64_t sum = 0;
  for (char byte : bytes)
    sum += llvm::popcount(uint8_t(byte));
  return sum;
}

void retort::applyMask(LinearWeight &weight, const WeightMask &mask) {
  if (weight.values.zeroAllBut([&](int64_t i) { return mask.keeps(i); })) {
    weight.values = *compress::WeightExpression::of(weight.op->getResult(0));
    return;
  }
  weight.rewrite(1, [&](int64_t begin, MutableArrayRef<float> piece) {
    for (size_t i = 0; i < piece.size(); ++i)
      if (!mask.keeps(begin + i))
        piece[i] = 0;
  });
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
