// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of a tile where n of each m rows of the weight are kept: the weight is expanded for many
// rows, and for one row it is the activations that are selected.
#include "lib/Formats/Sparse/Sparse.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

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
  return b.loop(b.index(order.groups()), b.zeros(), [&](Value block, ValueRange sums) {
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

/// The instruction that selects for each lane one of m numbers by its place, whose higher bits it
/// ignores; empty where the vectors have none: eight lanes are those of AVX2, sixteen those of
/// AVX-512.
static StringRef selectInstruction(int64_t lanes, int64_t m) {
  if (lanes == 8)
    return m == 4 ? "llvm.x86.avx.vpermilvar.ps.256" : m == 8 ? "llvm.x86.avx2.permps" : "";
  if (lanes == 16)
    return m == 4              ? "llvm.x86.avx512.vpermilvar.ps.512"
           : m == 8 || m == 16 ? "llvm.x86.avx512.permvar.sf.512"
                               : "";
  return "";
}

/// The m activations of a block, over and over.
static Value loadBlock(TileBuilder &b, Value block, int64_t m) {
  auto type = VectorType::get(m, b.getF32Type());
  Value x = vector::LoadOp::create(b, type, b.packed,
                                   ValueRange{b.tile, b.index(0), b.multiply(block, m)});
  SmallVector<int64_t> repeated;
  for (int64_t lane = 0; lane < b.shape.lanes; ++lane)
    repeated.push_back(lane % m);
  return m == b.shape.lanes ? x : vector::ShuffleOp::create(b, x, x, repeated).getResult();
}

/// One row: each kept value meets the activation that its place selects.
static Values sumSelected(TileBuilder &b, linear::SparseAttr format, const RowOrder &order,
                          StringRef instruction) {
  int64_t kept = format.getN();
  return b.loop(b.index(order.groups()), b.zeros(), [&](Value block, ValueRange sums) {
    Value x = loadBlock(b, block, format.getM());
    Values packed = b.load(b.weight[1], block), next(sums);
    for (int64_t i = 0; i < kept; ++i) {
      Values values = b.load(b.weight[0], b.add(b.multiply(block, kept), b.index(i)));
      for (auto [v, place] : llvm::enumerate(decodePlaces(b, packed, i, format))) {
        Value selected = LLVM::CallIntrinsicOp::create(b, x.getType(), b.getStringAttr(instruction),
                                                       ValueRange{x, place})
                             .getResult(0);
        next[v] = b.multiplyAdd(selected, values[v], next[v]);
      }
    }
    return next;
  });
}

Values retort::sumSparse(TileBuilder &b, linear::SparseAttr format, const RowOrder &order) {
  StringRef instruction = selectInstruction(b.shape.lanes, format.getM());
  if (b.shape.rows == 1 && !instruction.empty())
    return sumSelected(b, format, order, instruction);
  return sumExpanded(b, format, order);
}
