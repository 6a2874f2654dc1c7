// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of a tile where n of each m rows of the weight are kept: the weight is expanded for many
// rows, and for one row it is the activations that are selected.
#include "lib/Formats/Sparse/SelectActivations.h"
#include "lib/Formats/Sparse/Sparse.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

/// Where in the block the i-th kept value of each column stands.
static Values decodePlaces(TileBuilder &b, ValueRange places, int64_t i,
                           linear::SparseAttr format) {
  return llvm::map_to_vector<8>(places, [&](Value packed) -> Value {
    Type element = getElementTypeOrSelf(packed), wide = b.getI32Type();
    auto constant = [&](Type type, int64_t value) {
      return b.splat(b.getIntegerAttr(type, value));
    };
    Value place =
        arith::ShRUIOp::create(b, packed, constant(element, i * format.placeBits())).getResult();
    if (element.getIntOrFloatBitWidth() < 32)
      place = arith::ExtUIOp::create(b, b.vectorOf(wide), place);
    else if (element.getIntOrFloatBitWidth() > 32)
      place = arith::TruncIOp::create(b, b.vectorOf(wide), place);
    return arith::AndIOp::create(b, place, constant(wide, format.getM() - 1));
  });
}

/// Each block of m rows is expanded in registers: row k of it holds the values that stand at k.
static Values sumExpanded(TileBuilder &b, linear::SparseAttr format, const RowOrder &order) {
  int64_t kept = format.getN(), size = format.getM();
  return b.sumGroups(0, order.groups(), b.zeros(), [&](Value block, ValueRange sums) {
    Values packed = b.load(b.weight[1], block), next(sums);
    SmallVector<Values> values, places;
    for (int64_t i = 0; i < kept; ++i) {
      values.push_back(b.load(b.weight[0], b.add(b.multiply(block, kept), b.index(i))));
      places.push_back(decodePlaces(b, packed, i, format));
    }
    for (int64_t k = 0; k < size; ++k) {
      Values row(b.shape.vectors, b.splat(b.getF32FloatAttr(0)));
      Value number = b.splat(b.getI32IntegerAttr(k));
      for (int64_t i = 0; i < kept; ++i)
        for (int64_t v = 0; v < b.shape.vectors; ++v) {
          Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, places[i][v], number);
          row[v] = arith::SelectOp::create(b, here, values[i][v], row[v]);
        }
      next = b.accumulate(next, b.add(b.multiply(block, size), b.index(k)), row);
    }
    return next;
  });
}

/// One row: each kept value meets the activation that its place selects.
static Values sumSelected(TileBuilder &b, linear::SparseAttr format, const RowOrder &order) {
  int64_t kept = format.getN();
  return b.loop(b.index(order.groups()), b.zeros(), [&](Value block, ValueRange sums) {
    Value x = loadBlock(b, b.multiply(block, format.getM()), format.getM());
    Values packed = b.load(b.weight[1], block), next(sums);
    for (int64_t i = 0; i < kept; ++i) {
      Values values = b.load(b.weight[0], b.add(b.multiply(block, kept), b.index(i)));
      for (auto [v, place] : llvm::enumerate(decodePlaces(b, packed, i, format)))
        next[v] = b.multiplyAdd(selectByPlace(b, x, place, format.getM()), values[v], next[v]);
    }
    return next;
  });
}

Values retort::sumSparse(TileBuilder &b, linear::SparseAttr format, const RowOrder &order) {
  if (b.shape.rows == 1 && canSelect(b.shape.lanes, format.getM()))
    return sumSelected(b, format, order);
  return sumExpanded(b, format, order);
}
