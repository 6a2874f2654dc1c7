// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How code reads the format: a number in a loop nest, and the sums of a tile.
#include "Codebook/Codebook.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

/// Rows that are looked up are read where they lie packed: expanded, the table would be eight times
/// as large.
linear::TableUse codebook::PanelsAttr::getTableUse() const { return linear::TableUse::Always; }

Value codebook::PanelsAttr::readPacked(ImplicitLocOpBuilder &b, ValueRange parts, Value k,
                                       Value n) const {
  auto index = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(b, i); };
  Value row = arith::DivUIOp::create(b, k, index(perWord));
  Value place = arith::RemUIOp::create(b, k, index(perWord));
  Value shift = arith::IndexCastOp::create(b, b.getI32Type(),
                                           arith::MulIOp::create(b, place, index(codeBits)));
  Value word = linear::readInPanels(b, parts[0], row, n);
  Value code = arith::AndIOp::create(b, arith::ShRUIOp::create(b, word, shift),
                                     arith::ConstantIntOp::create(b, bookSize - 1, 32));
  Value number = tensor::ExtractOp::create(
      b, parts[1], ValueRange{arith::IndexCastOp::create(b, b.getIndexType(), code)});
  return arith::MulFOp::create(b, number, linear::readInPanels(b, parts[2], index(0), n));
}

/// One group of all rows, eight to a word.
RowOrder codebook::PanelsAttr::getRowOrder(int64_t depth, unsigned) const {
  return {depth, depth, perWord};
}

/// The numbers of row `place` of a word of codes.
static Value decode(TileBuilder &b, Value word, int64_t place) {
  auto constant = [&](int32_t value) { return b.splat(b.getI32IntegerAttr(value)); };
  Value code = arith::ShRUIOp::create(b, word, constant(place * codebook::codeBits));
  code = arith::AndIOp::create(b, code, constant(codebook::bookSize - 1));
  auto type = b.vectorOf(b.getF32Type());
  Value all = b.splat(b.getBoolAttr(true)), none = b.splat(b.getF32FloatAttr(0));
  return vector::GatherOp::create(b, type, b.weight[1], ValueRange{b.index(0)}, code, all, none);
}

/// The scale of a column is common to its sums, and comes last.
SmallVector<Value> codebook::PanelsAttr::sumTile(TileBuilder &b, const RowOrder &order) const {
  Values sums = b.loop(b.index(order.wordsPerGroup()), b.zeros(), [&](Value w, ValueRange before) {
    Values words = b.load(b.weight[0], w), next(before);
    for (int64_t i = 0; i < perWord; ++i)
      next = b.accumulate(next, b.add(b.multiply(w, perWord), b.index(i)),
                          [&](int64_t v) { return decode(b, words[v], i); });
    return next;
  });
  Values scales = b.load(b.weight[2], b.index(0));
  for (auto [i, sum] : llvm::enumerate(sums))
    sum = arith::MulFOp::create(b, sum, scales[i % b.shape.vectors]);
  return sums;
}
