// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the rows of a product in the order in which its weight is taken.
#include "dialects/Linear/RowBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;

Value RowBuilder::wordOfAll(Value word) {
  return add(multiply(group, order.wordsPerGroup()), word);
}

Value RowBuilder::read(Value word, int64_t place) {
  Value inGroup = add(multiply(word, order.perWord), index(place));
  Value k = add(multiply(group, order.size), inGroup);
  Value last = index(order.depth - 1);
  Value at = order.isWhole() ? k : arith::MinUIOp::create(*this, k, last).getResult();
  Value element = memref::LoadOp::create(*this, rows, ValueRange{row, at});
  if (!element.getType().isF32())
    element = arith::ExtFOp::create(*this, getF32Type(), element);
  if (order.isWhole())
    return element;
  Value isInside = arith::AndIOp::create(
      *this, arith::CmpIOp::create(*this, arith::CmpIPredicate::ule, k, last),
      arith::CmpIOp::create(*this, arith::CmpIPredicate::ult, inGroup, index(order.size)));
  Value zero = arith::ConstantOp::create(*this, getF32FloatAttr(0));
  return arith::SelectOp::create(*this, isInside, element, zero);
}

Value RowBuilder::readWord(Value word) {
  Type element = cast<MemRefType>(rows.getType()).getElementType();
  auto type = VectorType::get(order.perWord, element),
       wide = VectorType::get(order.perWord, getF32Type());
  Value inGroup = multiply(word, order.perWord), k = add(multiply(group, order.size), inGroup);
  Value numbers;
  if (order.isWhole()) {
    numbers = vector::LoadOp::create(*this, type, rows, ValueRange{row, k});
  } else {
    Value ofGroup = arith::SubIOp::create(*this, index(order.size), inGroup),
          ofAll = arith::SubIOp::create(*this, index(order.depth), k);
    Value mask = maskOf(arith::MinSIOp::create(*this, ofGroup, ofAll), order.perWord);
    Value zero = arith::ConstantOp::create(*this, getZeroAttr(type));
    numbers = vector::MaskedLoadOp::create(*this, type, rows, ValueRange{row, k}, mask, zero);
  }
  return element.isF32() ? numbers : arith::ExtFOp::create(*this, wide, numbers).getResult();
}

void RowBuilder::store(Value value, unsigned part, Value position) {
  SmallVector<Value> at{tile, rowInTile, position};
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(*this, value, scratch[part], at);
  else
    memref::StoreOp::create(*this, value, scratch[part], at);
}
