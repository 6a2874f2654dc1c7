// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of a tile where the weight is codes with a scale for each group of rows.
#include "lib/Formats/Groups/Groups.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

/// Place `i` of a word, as f32: times 2^(bits i) but at the last place, which is shifted down
/// because its top bit is the sign.
static Value decodePlace(TileBuilder &b, Value word, int64_t i, int64_t bits) {
  int64_t last = 32 / bits - 1;
  auto constant = [&](uint64_t value) {
    return b.splat(b.getIntegerAttr(b.getI32Type(), APInt(32, value)));
  };
  Value code = i == last
                   ? arith::ShRUIOp::create(b, word, constant(32 - bits)).getResult()
                   : arith::AndIOp::create(b, word, constant(((1ull << bits) - 1) << (bits * i)));
  return arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), code);
}

/// What the sums of a group start with: minus the zero point times the sum of the group's rows.
static Values startGroup(TileBuilder &b, Value group) {
  Values zeros;
  if (b.weight.size() == 3)
    for (Value zero : b.load(b.weight[2], group)) {
      if (isa<FloatType>(getElementTypeOrSelf(zero))) {
        zeros.push_back(zero);
        continue;
      }
      zero = arith::ExtUIOp::create(b, b.vectorOf(b.getI32Type()), zero);
      zeros.push_back(arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), zero));
    }
  Values start;
  for (int64_t r = 0; r < b.shape.rows; ++r) {
    Value sum = memref::LoadOp::create(b, b.groupSums, ValueRange{b.tile, b.index(r), group});
    sum = b.broadcast(sum);
    for (int64_t v = 0; v < b.shape.vectors; ++v)
      start.push_back(zeros.empty() ? sum : arith::MulFOp::create(b, sum, zeros[v]).getResult());
  }
  return start;
}

/// The sums of one group: of codes times rows. A multiply-add waits for the one before it, and one
/// row has few sums, so it gets two of each: of the places in a word with even and with odd
/// numbers.
static Values sumGroup(TileBuilder &b, linear::GroupsAttr format, const RowOrder &order,
                       Value group) {
  int64_t words = order.wordsPerGroup(), places = order.perWord,
          count = b.shape.rows * b.shape.vectors, sets = b.shape.rows == 1 ? 2 : 1;
  Values start = startGroup(b, group);
  if (sets == 2)
    llvm::append_range(start, b.zeros());
  Value first = b.multiply(group, words);
  Values sums = b.loop(b.index(words), start, [&](Value w, ValueRange before) {
    Value word = b.add(first, w), position = b.multiply(word, places);
    Values codes = b.load(b.weight[0], word), next(before);
    for (int64_t i = 0; i < places; ++i) {
      auto set = MutableArrayRef<Value>(next).slice(i % sets * count, count);
      llvm::copy(
          b.accumulate(set, b.add(position, b.index(i)),
                       [&](int64_t v) { return decodePlace(b, codes[v], i, format.getBits()); }),
          set.begin());
    }
    return next;
  });
  for (int64_t i = 0; sets == 2 && i < count; ++i)
    sums[i] = arith::AddFOp::create(b, sums[i], sums[count + i]);
  sums.resize(count);
  return sums;
}

Values retort::sumGroups(TileBuilder &b, linear::GroupsAttr format, const RowOrder &order) {
  return b.loop(b.index(order.groups()), b.zeros(), [&](Value group, ValueRange whole) {
    Values part = sumGroup(b, format, order, group), scales = b.load(b.weight[1], group), result;
    for (auto [i, sum] : llvm::enumerate(part))
      result.push_back(b.multiplyAdd(scales[i % b.shape.vectors], sum, whole[i]));
    return result;
  });
}
