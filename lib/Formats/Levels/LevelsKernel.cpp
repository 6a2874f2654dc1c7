// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of a tile where the weight is codes of levels: a code selects its level in a register.
#include "lib/Formats/Levels/Levels.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

namespace {
class LevelSums {
public:
  LevelSums(TileBuilder &b, linear::LevelsAttr format, const RowOrder &order)
      : b(b), format(format), order(order), bits(format.getBits()),
        count(b.shape.rows * b.shape.vectors), sets(b.shape.rows == 1 ? 2 : 1) {}
  Values run();

private:
  Value integer(int64_t value) {
    return b.splat(b.getIntegerAttr(b.getI32Type(), APInt(32, uint64_t(value) & 0xffffffff)));
  }
  Value shiftRight(Value word, int64_t by) {
    return by == 0 ? word : arith::ShRUIOp::create(b, word, integer(by)).getResult();
  }
  Value masked(Value word, int64_t width) {
    return arith::AndIOp::create(b, word, integer((int64_t(1) << width) - 1));
  }
  Values words(unsigned part, Value row);
  Value levelsFrom(int64_t first);
  Value bitOf(Value code, int64_t bit);
  Value select(Value code, int64_t first, int64_t width);
  Value levelOf(Value code);
  Values addCode(Values sums, int64_t set, Value position, ValueRange words, int64_t shift);
  Values addSpreadCodes(Values sums, Value block);
  Values addWords(ValueRange sums, Value block, int64_t words);
  Values sumGroup(Value group, int64_t rows);
  Values addGroup(Value group, int64_t rows, ValueRange whole);
  Values scalesOf(Value group);

  TileBuilder &b;
  linear::LevelsAttr format;
  const RowOrder &order;
  int64_t bits, count;
  int64_t sets;      ///< of sums: one row has few, and a multiply-add waits for the one before it
  Value first, step; ///< of the ladder
  Values tables;     ///< as many levels each as there are lanes
};
} // namespace

/// The vectors of a row of a part of integers, as i32.
Values LevelSums::words(unsigned part, Value row) {
  Values result = b.load(b.weight[part], row);
  for (Value &word : result)
    if (getElementTypeOrSelf(word) != b.getI32Type())
      word = arith::ExtUIOp::create(b, b.vectorOf(b.getI32Type()), word);
  return result;
}

/// As many levels as there are lanes, from `first` on; where there are fewer, over and over: so
/// what a code has in higher bits does not matter.
Value LevelSums::levelsFrom(int64_t first) {
  std::vector<float> levels = compress::levelsOf(bits), chosen;
  for (int64_t lane = 0; lane < b.shape.lanes; ++lane)
    chosen.push_back(levels[(first + lane) % levels.size()]);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(b.vectorOf(b.getF32Type()), ArrayRef(chosen)));
}

/// Whether a bit of the codes is set. As a sign: that is what instructions select by.
Value LevelSums::bitOf(Value code, int64_t bit) {
  Value sign = arith::ShLIOp::create(b, code, integer(31 - bit));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, sign, integer(0));
}

/// The level of the low `width` bits of codes, from level `first` on.
Value LevelSums::select(Value code, int64_t first, int64_t width) {
  StringRef instruction = b.shape.lanes == 16  ? "llvm.x86.avx512.permvar.sf.512"
                          : b.shape.lanes == 8 ? "llvm.x86.avx2.permps"
                                               : "";
  if (!instruction.empty() && (1 << width) <= b.shape.lanes)
    return LLVM::CallIntrinsicOp::create(b, b.vectorOf(b.getF32Type()),
                                         b.getStringAttr(instruction),
                                         ValueRange{tables[first / b.shape.lanes], code})
        .getResult(0);
  if (width == 0)
    return b.splat(b.getF32FloatAttr(compress::levelsOf(bits)[first]));
  Value low = select(code, first, width - 1),
        high = select(code, first + (int64_t(1) << (width - 1)), width - 1);
  return arith::SelectOp::create(b, bitOf(code, width - 1), high, low);
}

/// Evenly spaced levels are the codes themselves: what they are too large by, and their distance,
/// are common to a group.
Value LevelSums::levelOf(Value code) {
  if (!compress::areEven(bits))
    return select(code, 0, bits);
  return arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), masked(code, bits));
}

Values LevelSums::addCode(Values sums, int64_t set, Value position, ValueRange words,
                          int64_t shift) {
  auto part = MutableArrayRef<Value>(sums).slice(set % sets * count, count);
  llvm::copy(
      b.accumulate(part, position, [&](int64_t v) { return levelOf(shiftRight(words[v], shift)); }),
      part.begin());
  return sums;
}

/// Those of which each word of a block has a bit.
Values LevelSums::addSpreadCodes(Values sums, Value block) {
  int64_t whole = format.wholeCodes(), top = format.codesPerWord() * bits;
  Value row = b.multiply(block, bits), position = b.multiply(block, format.block());
  for (int64_t i = whole; i < format.block(); ++i) {
    Values codes(b.shape.vectors);
    for (int64_t j = 0; j < bits; ++j)
      for (auto [code, word] : llvm::zip(codes, words(0, b.add(row, b.index(j))))) {
        Value bit = masked(shiftRight(word, top + i - whole), 1);
        if (j > 0)
          bit = arith::ShLIOp::create(b, bit, integer(j));
        code = code ? arith::OrIOp::create(b, code, bit).getResult() : bit;
      }
    sums = addCode(sums, i, b.add(position, b.index(i)), codes, 0);
  }
  return sums;
}

/// The codes that lie whole in the first words of a block.
Values LevelSums::addWords(ValueRange sums, Value block, int64_t words) {
  int64_t perWord = format.codesPerWord();
  Value row = b.multiply(block, bits), position = b.multiply(block, format.block());
  return b.loop(b.index(words), sums, [&](Value j, ValueRange before) {
    Values packed = this->words(0, b.add(row, j)), next(before);
    Value at = b.add(position, b.multiply(j, perWord));
    for (int64_t p = 0; p < perWord; ++p)
      next = addCode(next, p, b.add(at, b.index(p)), packed, p * bits);
    return next;
  });
}

/// Levels times the rows of a group, which may be fewer in the last one.
Values LevelSums::sumGroup(Value group, int64_t rows) {
  Values start = compress::areEven(bits) ? b.groupStart(group) : b.zeros();
  if (sets == 2)
    llvm::append_range(start, b.zeros());
  // A block that ends before its spread codes is one of words alone.
  int64_t words = format.wordsOf(rows), blocks = words / bits, rest = words % bits;
  Value firstBlock = b.multiply(group, format.blocksPerGroup());
  Values sums = b.loop(b.index(blocks), start, [&](Value i, ValueRange before) {
    Value block = b.add(firstBlock, i);
    return addSpreadCodes(addWords(before, block, bits), block);
  });
  if (rest > 0)
    sums = addWords(sums, b.add(firstBlock, b.index(blocks)), rest);
  for (int64_t i = 0; sets == 2 && i < count; ++i)
    sums[i] = arith::AddFOp::create(b, sums[i], sums[count + i]);
  sums.resize(count);
  return sums;
}

/// The scales of a group, times the distance of evenly spaced levels.
Values LevelSums::scalesOf(Value group) {
  // Field `group % perByte` of its byte.
  auto field = [&](unsigned part, int64_t perByte) {
    int64_t width = 8 / perByte;
    Value row = arith::DivUIOp::create(b, group, b.index(perByte)),
          rest = arith::RemUIOp::create(b, group, b.index(perByte));
    Value shift = arith::IndexCastOp::create(b, b.getI32Type(), b.multiply(rest, width));
    Values bytes = words(part, row);
    for (Value &byte : bytes)
      byte = masked(arith::ShRUIOp::create(b, byte, b.broadcast(shift)), width);
    return bytes;
  };
  Values low = field(1, 2), high = field(2, 4), scales;
  for (auto [l, h] : llvm::zip(low, high)) {
    Value place = arith::OrIOp::create(b, arith::ShLIOp::create(b, h, integer(4)), l);
    Value ladder = arith::AddIOp::create(b, arith::MulIOp::create(b, place, step), first);
    Value scale = arith::BitcastOp::create(b, b.vectorOf(b.getF32Type()), ladder);
    if (compress::areEven(bits))
      scale =
          arith::MulFOp::create(b, scale, b.splat(b.getF32FloatAttr(2 / float((1 << bits) - 1))));
    scales.push_back(scale);
  }
  return scales;
}

Values LevelSums::addGroup(Value group, int64_t rows, ValueRange whole) {
  return b.addScaled(whole, [&] { return scalesOf(group); }, [&] { return sumGroup(group, rows); });
}

Values LevelSums::run() {
  auto ladder = [&](int64_t i) {
    return b.broadcast(memref::LoadOp::create(b, b.weight[3], ValueRange{b.index(i)}));
  };
  for (int64_t level = 0; level < int64_t(1) << bits && !compress::areEven(bits);
       level += b.shape.lanes)
    tables.push_back(levelsFrom(level));
  first = ladder(0);
  step = ladder(1);
  int64_t groups = order.groups(), lastRows = order.depth - (groups - 1) * order.size;
  bool isWhole = format.wordsOf(lastRows) == format.wordsOf(order.size);
  Values sums =
      b.sumGroups(0, isWhole ? groups : groups - 1, b.zeros(), [&](Value group, ValueRange whole) {
        return addGroup(group, order.size, whole);
      });
  if (isWhole)
    return sums;
  return b.sumGroups(groups - 1, 1, sums, [&](Value group, ValueRange whole) {
    return addGroup(group, lastRows, whole);
  });
}

Values retort::sumLevels(TileBuilder &b, linear::LevelsAttr format, const RowOrder &order) {
  return LevelSums(b, format, order).run();
}
