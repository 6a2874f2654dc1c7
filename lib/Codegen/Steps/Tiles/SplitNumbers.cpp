// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits numbers into planes of bf16.
#include "lib/Codegen/Steps/Tiles/SplitNumbers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace retort;

static Value splat(ImplicitLocOpBuilder &b, Type type, uint32_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(cast<VectorType>(type), llvm::bit_cast<int32_t>(value)));
}

static Value addHalf(ImplicitLocOpBuilder &b, Value bits) {
  return arith::AddIOp::create(b, bits, splat(b, bits.getType(), 0x8000));
}

SplitNumber retort::splitNumber(ImplicitLocOpBuilder &b, Value numbers, int64_t planes,
                                bool isExact) {
  auto floats = cast<VectorType>(numbers.getType());
  auto words = VectorType::get(floats.getShape(), b.getI32Type());
  Value bits = arith::BitcastOp::create(b, words, numbers);
  if (isExact)
    return {bits, {}};
  Value high = addHalf(b, bits);
  if (planes == 1)
    return {high, {}};
  high = arith::AndIOp::create(b, high, splat(b, words, 0xffff0000));
  Value rest =
      arith::SubFOp::create(b, numbers, arith::BitcastOp::create(b, floats, high).getResult());
  return {high, addHalf(b, arith::BitcastOp::create(b, words, rest))};
}

Value retort::pairUp(ImplicitLocOpBuilder &b, Value first, Value second) {
  Type type = first.getType();
  Value low = arith::ShRUIOp::create(b, first, splat(b, type, 16));
  Value high = arith::AndIOp::create(b, second, splat(b, type, 0xffff0000));
  return arith::OrIOp::create(b, low, high);
}

Value retort::upperHalves(ImplicitLocOpBuilder &b, Value words) {
  auto type = cast<VectorType>(words.getType());
  Value shifted = arith::ShRUIOp::create(b, words, splat(b, type, 16));
  return arith::TruncIOp::create(b, VectorType::get(type.getShape(), b.getI16Type()), shifted);
}
