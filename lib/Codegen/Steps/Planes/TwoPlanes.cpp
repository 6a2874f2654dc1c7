// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits rows into two planes of bytes, chunk by chunk:
//   1. the largest magnitude of the chunk, by comparing bits: NaN is above infinity, and both make
//      the scale, and so the sums, no numbers.
//   2. q = x * 32512 / largest, rounded to nearest even by adding 3 * 2^22
//   3. high = (q + 128) >> 8, low = q - 256 high, which fit bytes; their sums
#include "lib/Codegen/Steps/Planes/TwoPlanes.h"

using namespace mlir;
using namespace retort;

/// Rows that share a scale: fewer cost more scaling, more are less accurate beside large numbers.
static constexpr int64_t rowsWanted = 32;
/// The largest integer: 256 * 127.
static constexpr float most = 32512;
/// A chunk of smaller numbers than this is scaled as if it had it: the quotient stays finite.
static constexpr float least = 0x1p-96f;
/// Adding it leaves the nearest integer in the low bits of a small number.
static constexpr float rounder = 0x1.8p23f;

TwoPlanes::TwoPlanes(const CodeParts &codes, int64_t depth)
    : order(codes.order(depth)), bits(codes.bits), sumFactor(codes.zeros ? -1 : -codes.zero) {
  int64_t words = order.wordsPerGroup();
  wordsOfChunk = llvm::divideCeil(words, llvm::divideCeil(words, rowsWanted / order.perWord));
  chunksOfGroup = llvm::divideCeil(words, wordsOfChunk);
}

Value TwoPlanes::countWords(VectorBuilder &b, Value chunk) const {
  Value count = b.index(wordsOfChunk);
  if (order.wordsPerGroup() % wordsOfChunk == 0)
    return count;
  Value left =
      arith::SubIOp::create(b, b.index(order.wordsPerGroup()), b.multiply(chunk, wordsOfChunk));
  return arith::MinSIOp::create(b, count, left);
}

Value TwoPlanes::chunkOfAll(VectorBuilder &b, Value group, Value chunk) const {
  return b.add(b.multiply(group, chunksOfGroup), chunk);
}

Value TwoPlanes::firstWord(VectorBuilder &b, Value group, Value chunk) const {
  return b.add(b.multiply(group, order.wordsPerGroup()), b.multiply(chunk, wordsOfChunk));
}

SmallVector<int64_t> TwoPlanes::placesInOrder() const {
  SmallVector<int64_t> places;
  int64_t apart = 8 / bits;
  for (int64_t quad = 0; quad < apart; ++quad)
    for (int64_t i = 0; i < 4; ++i)
      places.push_back(quad + i * apart);
  return places;
}

SmallVector<StepScratch> TwoPlanes::beside(MLIRContext *context) const {
  int64_t chunks = order.groups() * chunksOfGroup;
  return {{Float32Type::get(context), chunks}, {IntegerType::get(context, 32), 2 * chunks}};
}

namespace {
/// Values of one chunk: vectors hold the rows of a word.
class ChunkPacker {
public:
  ChunkPacker(RowBuilder &b, Value firstWord, Value count)
      : b(b), firstWord(firstWord), count(count),
        integers(VectorType::get(b.order.perWord, b.getI32Type())),
        numbers(VectorType::get(b.order.perWord, b.getF32Type())) {}

  Value largest();
  /// Returns the sums of high and low.
  std::array<Value, 2> split(Value inverse, ArrayRef<int64_t> places);

  Value number(float value) { return arith::ConstantOp::create(b, b.getF32FloatAttr(value)); }
  Value asBits(Value number) { return arith::BitcastOp::create(b, b.getI32Type(), number); }
  Value asNumber(Value bits) { return arith::BitcastOp::create(b, b.getF32Type(), bits); }

private:
  Value splat(TypedAttr value) {
    auto type = VectorType::get(b.order.perWord, value.getType());
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, value));
  }
  Value splat(int64_t value) { return splat(b.getI32IntegerAttr(int32_t(value))); }
  Value splat(float value) { return splat(b.getF32FloatAttr(value)); }
  Value quantize(Value x, Value inverse);
  void storePlane(Value plane, Value word, int64_t number, ArrayRef<int64_t> places);

  RowBuilder &b;
  Value firstWord, count;
  VectorType integers, numbers;
};
} // namespace

Value ChunkPacker::largest() {
  Value found = b.loop(count, splat(int64_t(0)), [&](Value i, ValueRange before) {
                   Value x = b.readWord(b.add(firstWord, i));
                   Value magnitude = arith::AndIOp::create(
                       b, arith::BitcastOp::create(b, integers, x), splat(int64_t(0x7fffffff)));
                   return RowBuilder::Values{arith::MaxSIOp::create(b, magnitude, before.front())};
                 }).front();
  Value bits = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, found);
  return asNumber(arith::MaxSIOp::create(b, bits, asBits(number(least))));
}

Value ChunkPacker::quantize(Value x, Value inverse) {
  Value scaled = arith::MulFOp::create(b, x, vector::BroadcastOp::create(b, numbers, inverse));
  Value rounded = arith::AddFOp::create(b, scaled, splat(rounder));
  return arith::SubIOp::create(b, arith::BitcastOp::create(b, integers, rounded),
                               splat(int64_t(llvm::bit_cast<int32_t>(rounder))));
}

void ChunkPacker::storePlane(Value plane, Value word, int64_t number, ArrayRef<int64_t> places) {
  auto type = VectorType::get(b.order.perWord, b.getI8Type());
  Value bytes = arith::TruncIOp::create(b, type, plane);
  if (!llvm::is_sorted(places))
    bytes = vector::ShuffleOp::create(b, bytes, bytes, places);
  Value place = b.multiply(b.wordOfAll(word), 2 * b.order.perWord);
  b.store(bytes, TwoPlanes::planes, b.add(place, b.index(number * b.order.perWord)));
}

std::array<Value, 2> ChunkPacker::split(Value inverse, ArrayRef<int64_t> places) {
  auto zero = splat(int64_t(0)), eight = splat(int64_t(8)), half = splat(int64_t(128));
  auto sums = b.loop(count, {zero, zero}, [&](Value i, ValueRange before) {
    Value word = b.add(firstWord, i);
    Value q = quantize(b.readWord(word), inverse);
    Value high = arith::ShRSIOp::create(b, arith::AddIOp::create(b, q, half), eight);
    Value low = arith::SubIOp::create(b, q, arith::ShLIOp::create(b, high, eight));
    storePlane(high, word, 0, places);
    storePlane(low, word, 1, places);
    return RowBuilder::Values{arith::AddIOp::create(b, before[0], high),
                              arith::AddIOp::create(b, before[1], low)};
  });
  auto total = [&](Value sum) -> Value {
    return vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum);
  };
  return {total(sums[0]), total(sums[1])};
}

void TwoPlanes::packChunk(RowBuilder &b, Value chunk) const {
  ChunkPacker packer(b, b.multiply(chunk, wordsOfChunk), countWords(b, chunk));
  Value largest = packer.largest();
  Value inverse = arith::DivFOp::create(b, packer.number(most), largest);
  auto totals = packer.split(inverse, placesInOrder());
  Value place = chunkOfAll(b, b.group, chunk);
  b.store(arith::MulFOp::create(b, largest, packer.number(1 / most)), scales, place);
  Value factor = arith::ConstantOp::create(b, b.getI32IntegerAttr(int32_t(sumFactor)));
  for (auto [plane, total] : llvm::enumerate(totals))
    b.store(arith::MulIOp::create(b, total, factor), sums,
            b.add(b.multiply(place, 2), b.index(plane)));
}

void TwoPlanes::packGroup(RowBuilder &b) const {
  if (chunksOfGroup == 1)
    return packChunk(b, b.index(0));
  b.loop(b.index(chunksOfGroup), [&](Value chunk) { packChunk(b, chunk); });
}

Value TwoPlanes::load(TileBuilder &b, int64_t row, Value word, int64_t plane, int64_t quad) const {
  Value position =
      b.add(b.multiply(word, 2 * order.perWord), b.index(plane * order.perWord + 4 * quad));
  auto bytes = VectorType::get(4, b.getI8Type()), whole = VectorType::get(1, b.getI32Type());
  Value four = vector::LoadOp::create(b, bytes, b.scratch[planes],
                                      ValueRange{b.tile, b.index(row), position});
  four = vector::BitCastOp::create(b, whole, four);
  return vector::ExtractOp::create(b, four, int64_t(0));
}
