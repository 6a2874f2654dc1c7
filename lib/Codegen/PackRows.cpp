// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the rows of a product.
//   rows MxK   ->   packed [tile][row][k], and for each row the sum of each group
#include "lib/Codegen/LinearKernels.h"

#include "dialects/Retort/Names.h"

using namespace mlir;
using namespace retort;

namespace {
class RowPacker {
public:
  RowPacker(linear::ProductOp product, const RowOrder &order, TileShape shape)
      : order(order), b(product.getLoc(), product.getContext(), shape) {}
  func::FuncOp build(Type rows);

private:
  Value readRow(Value group, Value word, int64_t place);
  Value packWord(Value group, Value word, Value sum);
  void packGroup(Value group);

  const RowOrder &order;
  TileBuilder b;
  Value rows, packed, sums;
  Value tile, rowInTile, row;
};
} // namespace

/// The element at a place of a word in f32; zero where the group or the matrix ends before it.
Value RowPacker::readRow(Value group, Value word, int64_t place) {
  Value inGroup = b.add(b.multiply(word, order.perWord), b.index(place));
  Value k = b.add(b.multiply(group, order.size), inGroup);
  Value last = b.index(order.depth - 1);
  Value at = order.isWhole() ? k : arith::MinUIOp::create(b, k, last).getResult();
  Value element = memref::LoadOp::create(b, rows, ValueRange{row, at});
  if (!element.getType().isF32())
    element = arith::ExtFOp::create(b, b.getF32Type(), element);
  if (order.isWhole())
    return element;
  Value isInside = arith::AndIOp::create(
      b, arith::CmpIOp::create(b, arith::CmpIPredicate::ule, k, last),
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, inGroup, b.index(order.size)));
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return arith::SelectOp::create(b, isInside, element, zero);
}

Value RowPacker::packWord(Value group, Value word, Value sum) {
  Value wordOfAll = b.add(b.multiply(group, order.wordsPerGroup()), word);
  for (int64_t place = 0; place < order.perWord; ++place) {
    Value element = readRow(group, word, place);
    if (sum)
      sum = arith::AddFOp::create(b, sum, element, arith::FastMathFlags::reassoc);
    if (order.bitsPerCode && place > 0 && place + 1 < order.perWord) {
      double scale = std::ldexp(1.0, -int(order.bitsPerCode * place));
      element =
          arith::MulFOp::create(b, element, arith::ConstantOp::create(b, b.getF32FloatAttr(scale)));
    }
    Value position = b.add(b.multiply(wordOfAll, order.perWord), b.index(place));
    memref::StoreOp::create(b, element, packed, ValueRange{tile, rowInTile, position});
  }
  return sum;
}

void RowPacker::packGroup(Value group) {
  Value words = b.index(order.wordsPerGroup());
  if (!sums) {
    b.loop(words, {}, [&](Value word, ValueRange) {
      packWord(group, word, {});
      return TileBuilder::Values();
    });
    return;
  }
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  Value sum = b.loop(words, zero, [&](Value word, ValueRange sum) {
                 return TileBuilder::Values{packWord(group, word, sum.front())};
               }).front();
  Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(order.sumFactor));
  sum = arith::MulFOp::create(b, sum, factor);
  memref::StoreOp::create(b, sum, sums, ValueRange{tile, rowInTile, group});
}

func::FuncOp RowPacker::build(Type rowsType) {
  SmallVector<Type> types{
      rowsType, MemRefType::get({ShapedType::kDynamic, b.shape.rows, order.rowLength(b.shape.rows)},
                                b.getF32Type())};
  if (order.sumFactor)
    types.push_back(
        MemRefType::get({ShapedType::kDynamic, b.shape.rows, order.groups()}, b.getF32Type()));
  types.push_back(b.getIndexType());
  auto kernel = func::FuncOp::create(b, "pack", b.getFunctionType(types, {}));
  kernel.setArgAttr(types.size() - 1, names::work, b.getUnitAttr());
  kernel.setPrivate();
  kernel->setAttr(names::kernel, b.getStringAttr("t"));
  kernel.setArgAttr(1, names::noalias, b.getUnitAttr());
  b.setInsertionPointToStart(kernel.addEntryBlock());
  rows = kernel.getArgument(0);
  packed = kernel.getArgument(1);
  if (order.sumFactor)
    sums = kernel.getArgument(2);
  Value lastRow = arith::SubIOp::create(b, memref::DimOp::create(b, rows, 0), b.index(1));
  b.loop(memref::DimOp::create(b, packed, 0), {}, [&](Value i, ValueRange) {
    tile = i;
    b.loop(b.index(b.shape.rows), {}, [&](Value r, ValueRange) {
      rowInTile = r;
      row = arith::MinUIOp::create(b, b.add(b.multiply(tile, b.shape.rows), r), lastRow);
      b.loop(b.index(order.groups()), {}, [&](Value group, ValueRange) {
        packGroup(group);
        return TileBuilder::Values();
      });
      return TileBuilder::Values();
    });
    return TileBuilder::Values();
  });
  func::ReturnOp::create(b);
  return kernel;
}

func::FuncOp retort::makePackKernel(linear::ProductOp product, const RowOrder &order,
                                    TileShape shape) {
  return RowPacker(product, order, shape).build(product.getRows().getType());
}
