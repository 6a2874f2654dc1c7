// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decodes numbers and codes to tiles of bf16.
#include "lib/Codegen/Steps/Tiles/DecodeBlock.h"
#include "lib/Codegen/Steps/Tiles/DecodeRows.h"
#include "lib/Codegen/Steps/Tiles/SplitNumbers.h"
#include "lib/Codegen/Steps/Tiles/TileUnit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numeric>

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

/// Of the weight in a block: decoded, it stays in the second cache beside the rows that meet it.
static constexpr int64_t rowsWanted = 512;

/// Whole groups, or such a part of one as divides it, of whole tiles; 0 where there is none.
static int64_t blockRowsFor(int64_t size) {
  if (size > rowsWanted) {
    int64_t rows = rowsWanted;
    while (rows > 0 && size % rows != 0)
      rows -= TileUnit::depth;
    return rows;
  }
  int64_t whole = std::lcm(size, TileUnit::depth);
  return whole > 4 * rowsWanted ? 0 : std::max<int64_t>(1, rowsWanted / whole) * whole;
}

std::string TileWeight::refusal(const StepWeight &weight) {
  if (weight.format.isPlain())
    return "";
  RowOrder order = weight.order();
  if (!weight.codes() && !order.isDecodable)
    return "its rows are not decoded to tiles";
  if (weight.codes() && order.groups() == 1)
    return "";
  if (weight.codes() && order.size % order.perWord != 0)
    return "groups end within a word";
  return blockRowsFor(order.size) ? "" : "groups are not made of tiles";
}

TileWeight TileWeight::of(const StepWeight &weight, int64_t planes) {
  if (weight.format.isPlain())
    return {planes, false, rowsWanted};
  RowOrder order = weight.order();
  if (weight.codes() && order.groups() == 1)
    return {1, true, rowsWanted};
  return {planes, false, blockRowsFor(order.size)};
}

namespace {
class BlockDecoder {
public:
  BlockDecoder(BlockBuilder &b, const StepWeight &weight, const TileWeight &tiles)
      : b(b), weight(weight), tiles(tiles) {}
  void run();

private:
  void clearLastStep();
  void storePair(Value row, int64_t v, Value first, Value second);
  void decodeNumbers();
  void decodeCodes();
  void decodeGroup(Value group, Value firstWord, Value words);
  void decodeWord(Value word);
  Value codeOf(Value word, int64_t place);
  Value numberOf(Value word, int64_t v, int64_t place);

  BlockBuilder &b;
  const StepWeight &weight;
  TileWeight tiles;
  CodeParts codes;
  Values scales, zeros; // of the present group, as f32
};
} // namespace

/// What the block does not fill counts as zero: the unit takes whole tiles.
void BlockDecoder::clearLastStep() {
  Value last = arith::DivUIOp::create(b, arith::SubIOp::create(b, b.rowCount, b.index(1)),
                                      b.index(TileUnit::depth));
  auto type = VectorType::get(TileUnit::depth, b.getI16Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  b.loop(b.index(2 * tiles.planes), [&](Value tile) {
    b.loop(b.index(TileUnit::rows), [&](Value row) {
      vector::StoreOp::create(b, zero, b.decoded, ValueRange{last, tile, row, b.index(0)});
    });
  });
}

/// Rows `row` and `row + 1` of the block, of 16 columns.
void BlockDecoder::storePair(Value row, int64_t v, Value first, Value second) {
  Value step = arith::DivUIOp::create(b, row, b.index(TileUnit::depth));
  Value pair = arith::DivUIOp::create(b, arith::RemUIOp::create(b, row, b.index(TileUnit::depth)),
                                      b.index(2));
  // Codes alone are numbers of bf16.
  SplitNumber left = splitNumber(b, first, tiles.planes, tiles.hasCommonScales),
              right = splitNumber(b, second, tiles.planes, tiles.hasCommonScales);
  auto type = VectorType::get(TileUnit::depth, b.getI16Type());
  auto store = [&](int64_t plane, Value words) {
    Value halves = vector::BitCastOp::create(b, type, words);
    vector::StoreOp::create(b, halves, b.decoded,
                            ValueRange{step, b.index(2 * plane + v), pair, b.index(0)});
  };
  store(0, pairUp(b, left.high, right.high));
  if (tiles.planes == 2)
    store(1, pairUp(b, left.low, right.low));
}

void BlockDecoder::decodeNumbers() {
  bool isOdd = weight.depth % 2 != 0;
  Value pairs = arith::CeilDivUIOp::create(b, b.rowCount, b.index(2));
  b.loop(pairs, [&](Value pair) {
    Value row = b.multiply(pair, 2), k = b.add(b.firstRow, row), next = b.add(k, b.index(1));
    Value isInside;
    if (isOdd) {
      Value last = b.index(weight.depth - 1);
      isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, next, last);
      next = arith::MinUIOp::create(b, next, last);
    }
    Values first = b.load(b.weight[0], k), second = b.load(b.weight[0], next);
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      if (isInside)
        second[v] = arith::SelectOp::create(b, isInside, second[v], b.splat(b.getF32FloatAttr(0)));
      storePair(row, v, first[v], second[v]);
    }
  });
}

/// Place i of words, as f32 less the zero point that all have, where all have one.
Value BlockDecoder::codeOf(Value word, int64_t place) {
  int64_t zero = codes.zeros ? 0 : codes.zero;
  auto constant = [&](uint64_t value) {
    return b.splat(b.getIntegerAttr(b.getI32Type(), APInt(32, value & 0xffffffff)));
  };
  if (place)
    word = arith::ShRUIOp::create(b, word, constant(place * codes.bits));
  if (codes.bits <= 4 && !b.isPortable) {
    // The low four bits select: what is above them does not matter.
    SmallVector<float> table;
    for (int64_t i = 0; i < b.shape.lanes; ++i)
      table.push_back(float(i % (1 << codes.bits) - zero));
    auto floats = b.vectorOf(b.getF32Type());
    Value levels = arith::ConstantOp::create(b, DenseElementsAttr::get(floats, ArrayRef(table)));
    return LLVM::CallIntrinsicOp::create(b, floats,
                                         b.getStringAttr("llvm.x86.avx512.permvar.sf.512"),
                                         ValueRange{levels, word})
        .getResult(0);
  }
  word = arith::AndIOp::create(b, word, constant((1ull << codes.bits) - 1));
  if (zero)
    word = arith::SubIOp::create(b, word, constant(zero));
  return arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), word);
}

Value BlockDecoder::numberOf(Value word, int64_t v, int64_t place) {
  Value number = codeOf(word, place);
  if (!zeros.empty())
    number = arith::SubFOp::create(b, number, zeros[v]);
  return scales.empty() ? number : arith::MulFOp::create(b, number, scales[v]).getResult();
}

/// All rows of a word.
void BlockDecoder::decodeWord(Value word) {
  Values words = b.load(b.weight[codes.words], word);
  Value row = arith::SubIOp::create(b, b.multiply(word, codes.perWord()), b.firstRow);
  for (int64_t place = 0; place < codes.perWord(); place += 2)
    for (int64_t v = 0; v < b.shape.vectors; ++v)
      storePair(b.add(row, b.index(place)), v, numberOf(words[v], v, place),
                numberOf(words[v], v, place + 1));
}

void BlockDecoder::decodeGroup(Value group, Value firstWord, Value words) {
  scales.clear();
  zeros.clear();
  if (!tiles.hasCommonScales)
    scales = b.load(b.weight[codes.scales], group);
  if (codes.zeros)
    for (Value zero : b.load(b.weight[*codes.zeros], group)) {
      zero = arith::ExtUIOp::create(b, b.vectorOf(b.getI32Type()), zero);
      zeros.push_back(arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), zero));
    }
  b.loop(words, [&](Value w) { decodeWord(b.add(firstWord, w)); });
}

void BlockDecoder::decodeCodes() {
  codes = *weight.codes();
  RowOrder order = codes.order(weight.depth);
  auto wordOf = [&](Value row) -> Value {
    return arith::DivUIOp::create(b, row, b.index(codes.perWord()));
  };
  // A group that holds the block, or groups that fill it.
  if (order.groups() == 1 || codes.size >= tiles.blockRows) {
    Value group = order.groups() == 1
                      ? b.index(0)
                      : arith::DivUIOp::create(b, b.firstRow, b.index(codes.size)).getResult();
    return decodeGroup(group, wordOf(b.firstRow), wordOf(b.rowCount));
  }
  Value firstGroup = arith::DivUIOp::create(b, b.firstRow, b.index(codes.size));
  b.loop(arith::DivUIOp::create(b, b.rowCount, b.index(codes.size)), [&](Value i) {
    Value group = b.add(firstGroup, i);
    decodeGroup(group, b.multiply(group, order.wordsPerGroup()), b.index(order.wordsPerGroup()));
  });
}

void BlockDecoder::run() {
  if (weight.order().padded() % TileUnit::depth != 0)
    clearLastStep();
  if (weight.format.isPlain())
    decodeNumbers();
  else if (weight.codes())
    decodeCodes();
  else
    decodeRows(b, weight, tiles.planes);
}

void retort::decodeBlock(BlockBuilder &b, const StepWeight &weight, const TileWeight &tiles) {
  BlockDecoder(b, weight, tiles).run();
}
