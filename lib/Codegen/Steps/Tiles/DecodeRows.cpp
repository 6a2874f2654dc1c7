// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a format, one by one, to tiles of bf16.
#include "lib/Codegen/Steps/Tiles/DecodeRows.h"
#include "lib/Codegen/Steps/Tiles/SplitNumbers.h"
#include "lib/Codegen/Steps/Tiles/TileUnit.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

/// Formats look numbers up by instructions of long vectors; in short ones by none.
static TileShape shapeOf(const BlockBuilder &b) {
  int64_t lanes = b.isPortable ? 4 : b.shape.lanes;
  // Two rows: formats have another way for one, in which they select activations.
  return {2, b.shape.columns() / lanes, lanes};
}

namespace {
/// What a format meets in the place of sums.
class RowDecoder : public TileBuilder {
public:
  RowDecoder(BlockBuilder &b, const StepWeight &weight, int64_t planes)
      : TileBuilder(b.getLoc(), b.getContext(), shapeOf(b)), order(weight.order()), planes(planes),
        decoded(b.decoded) {
    static_cast<TileBuilder &>(*this).weight = b.weight;
    panel = b.panel;
    column = b.column;
    firstRow = b.firstRow;
    rowCount = b.rowCount;
    setInsertionPoint(b.getInsertionBlock(), b.getInsertionPoint());
  }

  Values accumulate(ValueRange sums, Value position, function_ref<Value(int64_t)> columns) override;
  Values sumGroups(int64_t first, int64_t count, ValueRange start,
                   function_ref<Values(Value, ValueRange)> body) override;
  Values groupStart(Value) override { return zeros(); }
  Values addScaled(ValueRange before, function_ref<Values()> scalesOf,
                   function_ref<Values()> sumsOf) override;

private:
  void put(Value bits, Value isOdd, ValueRange at);

  RowOrder order;
  int64_t planes;
  Value decoded;
  Values scales; // of the present group
};
} // namespace

/// Writes the upper halves of words into the even or the odd places of a row of pairs.
void RowDecoder::put(Value bits, Value isOdd, ValueRange at) {
  auto words = cast<VectorType>(bits.getType());
  auto halves = VectorType::get(2 * words.getNumElements(), getI16Type());
  auto constant = [&](uint32_t value) {
    return splat(getIntegerAttr(getI32Type(), APInt(32, value)));
  };
  Value before = vector::LoadOp::create(*this, halves, decoded, at);
  before = vector::BitCastOp::create(*this, words, before);
  Value upper = arith::AndIOp::create(*this, bits, constant(0xffff0000));
  Value asOdd = arith::OrIOp::create(
      *this, arith::AndIOp::create(*this, before, constant(0x0000ffff)), upper);
  Value asEven =
      arith::OrIOp::create(*this, arith::AndIOp::create(*this, before, constant(0xffff0000)),
                           arith::ShRUIOp::create(*this, bits, constant(16)));
  Value both = arith::SelectOp::create(*this, isOdd, asOdd, asEven);
  vector::StoreOp::create(*this, vector::BitCastOp::create(*this, halves, both), decoded, at);
}

Values RowDecoder::accumulate(ValueRange sums, Value position,
                              function_ref<Value(int64_t)> columns) {
  Value row = arith::SubIOp::create(*this, position, firstRow);
  Value step = arith::DivUIOp::create(*this, row, index(TileUnit::depth)),
        inStep = arith::RemUIOp::create(*this, row, index(TileUnit::depth));
  Value pair = arith::DivUIOp::create(*this, inStep, index(2));
  Value isOdd = arith::CmpIOp::create(*this, arith::CmpIPredicate::ne,
                                      arith::RemUIOp::create(*this, position, index(2)), index(0));
  for (int64_t v = 0; v < shape.vectors; ++v) {
    Value number = columns(v);
    if (order.sumFactor)
      number = arith::AddFOp::create(*this, number, splat(getF32FloatAttr(order.sumFactor)));
    if (!scales.empty())
      number = arith::MulFOp::create(*this, number, scales[v]);
    SplitNumber split = splitNumber(*this, number, planes, /*isExact=*/false);
    int64_t first = v * shape.lanes, tile = first / TileUnit::rows, place = first % TileUnit::rows;
    put(split.high, isOdd, {step, index(tile), pair, index(2 * place)});
    if (planes == 2)
      put(split.low, isOdd, {step, index(2 + tile), pair, index(2 * place)});
  }
  return Values(sums);
}

/// Blocks begin with a group; the last may end before one does.
Values RowDecoder::sumGroups(int64_t first, int64_t count, ValueRange start,
                             function_ref<Values(Value, ValueRange)> body) {
  Value size = index(order.size);
  Value begin = arith::DivUIOp::create(*this, firstRow, size);
  Value end = add(begin, arith::CeilDivUIOp::create(*this, rowCount, size));
  begin = arith::MaxUIOp::create(*this, begin, index(first));
  end = arith::MinUIOp::create(*this, end, index(first + count));
  auto loop = scf::ForOp::create(*this, begin, end, index(1));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar(), start);
  return Values(start);
}

Values RowDecoder::addScaled(ValueRange before, function_ref<Values()> scalesOf,
                             function_ref<Values()> sumsOf) {
  scales = scalesOf();
  sumsOf();
  return Values(before);
}

void retort::decodeRows(BlockBuilder &b, const StepWeight &weight, int64_t planes) {
  RowDecoder decoder(b, weight, planes);
  weight.format.sumTile(decoder, weight.order());
  b.setInsertionPoint(decoder.getInsertionBlock(), decoder.getInsertionPoint());
}
