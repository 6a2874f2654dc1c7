// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of the numbers that a sparse weight keeps become codes of all of it, with zero points
// between them: these take fewer bits than places.
//   decode_sparse(%mask, DequantizeLinear(%kept, %scales))   ->   DequantizeLinear(%codes, %scales)
#include "lib/Formats/Groups/GroupsMatrix.h"
#include "lib/Formats/Groups/QuantizedWeight.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;
using compress::Spread;

std::optional<WeightMatrix> QuantizedWeight::matrixAmongZeros(const Spread &spread,
                                                              bool isSwapped) const {
  int64_t axis = spread.axis, rows = type().getDimSize(axis), size = groupSize(axis),
          depth = spread.type.getDimSize(axis);
  if (size == 0 || hasFloatZeros() || (size != rows && size % spread.n != 0))
    return std::nullopt;
  auto self = std::make_shared<QuantizedWeight>(*this);
  int64_t offset = GroupsMatrix::offsetOf(kernelCode());
  int64_t outer = spread.type.getDimSize(1), inner = type().getDimSize(1);
  auto place = [=](int64_t k, int64_t n) { return isSwapped ? n * outer + k : k * outer + n; };
  auto entry = [=](int64_t group, int64_t column) {
    return self->entryOf(isSwapped ? column * inner + group * size : group * size * inner + column);
  };
  GroupsMatrix result;
  result.bits = GroupsMatrix::bitsOf(kernelCode());
  result.size = size == rows ? depth : size / spread.n * spread.m;
  result.depth = depth;
  result.columns = spread.type.getDimSize(1 - axis);
  result.element = cast<FloatType>(scaleTable->type().getElementType());
  auto zero = [=](int64_t group, int64_t column) {
    return self->zeroPoint(entry(group, column)) + offset;
  };
  result.code = [=, numberAt = spread.numberAt, size = result.size](int64_t k, int64_t column) {
    int64_t number = numberAt(place(k, column));
    return number >= 0 ? self->codes().intAt(number) + offset : zero(k / size, column);
  };
  result.scale = [=](int64_t group, int64_t column) {
    return self->scales().floatAt(entry(group, column));
  };
  result.zero = zero;
  return result.pack();
}

std::optional<int64_t> QuantizedWeight::blockAmongZeros(const Spread &spread) const {
  if (sharing == Scales::One || axis != spread.axis)
    return block;
  if (block == 0 || block % spread.n != 0)
    return std::nullopt;
  return block / spread.n * spread.m;
}

Value QuantizedWeight::writeAmongZeros(const Spread &spread, Operation *place) const {
  auto code = dyn_cast<IntegerType>(type().getElementType());
  auto wide = spread.m && code ? blockAmongZeros(spread) : std::nullopt;
  if (!wide || hasFloatZeros())
    return {};
  // Of which group an element is, the same weight in the larger shape knows.
  QuantizedWeight whole = *this;
  RankedTensorType larger = spread.type;
  whole.groups = groupsAround(larger.getShape(), axis, *wide);
  auto fill = [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < larger.getNumElements(); ++i) {
      int64_t number = spread.numberAt(i);
      int64_t raw = number >= 0 ? codeTable->intAt(number) : zeroPoint(whole.entryOf(i));
      onnx::storeBits(bytes.data(), code.getWidth(), i, unsigned(raw));
    }
  };
  OpBuilder builder(place);
  Value kept = root->getOperand(0), scales = root->getOperand(1),
        zeros = root->getNumOperands() > 2 ? root->getOperand(2) : Value();
  StringRef name = compress::nameOfConstant(kept);
  ElementsAttr codes = onnx::makeConstant(larger.clone(code), name, fill);
  return compress::createDequantize(builder, place->getLoc(),
                                    compress::createConstantBefore(place, codes, name), scales,
                                    zeros, axis, *wide);
}
