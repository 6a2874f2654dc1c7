// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sums of a tile where the weight is codes of which n of each m rows are kept. All of a unit,
// the rows that fill words of codes and of places, is decoded from these words: each byte is loaded
// once. For one row it is the activations that are selected, for many the weight is expanded.
#include "lib/Formats/Sparse/SelectActivations.h"
#include "lib/Formats/SparseGroups/SparseGroups.h"

using namespace mlir;
using namespace retort;
using linear::SparseGroupsAttr;
using Values = TileBuilder::Values;

namespace {
/// A unit of a group whose words are loaded.
class Unit {
public:
  /// `number`: of the unit among those of all groups. `zeros`: of the group, or none.
  Unit(TileBuilder &b, SparseGroupsAttr format, Value number, ValueRange zeros)
      : b(b), format(format), zeros(zeros) {
    int64_t units = format.getSize() / format.unit();
    load(words, b.weight[0], number, format.codeWords() / units);
    load(places, b.weight[1], number, format.placeWords() / units);
  }

  int64_t blocks() const { return format.unit() / format.getM(); }
  /// Code i of a block less the zero point, as f32.
  Values code(int64_t block, int64_t i);
  /// Where in the block it stands, in the low bits.
  Values place(int64_t block, int64_t i);

private:
  void load(SmallVector<Values> &list, Value part, Value number, int64_t count) {
    Value first = b.multiply(number, count);
    for (int64_t w = 0; w < count; ++w)
      list.push_back(b.load(part, b.add(first, b.index(w))));
  }
  Value shift(int64_t by) { return b.splat(b.getI32IntegerAttr(by)); }

  TileBuilder &b;
  SparseGroupsAttr format;
  ValueRange zeros;
  SmallVector<Values> words, places;
};
} // namespace

Values Unit::code(int64_t block, int64_t i) {
  int64_t slot = block * format.getN() + i, bits = format.getBits(),
          above = 32 - bits - slot % format.codesPerWord() * bits;
  Values result;
  for (auto [v, word] : llvm::enumerate(words[slot / format.codesPerWord()])) {
    // The sign is at the top of the word then.
    Value top = above ? arith::ShLIOp::create(b, word, shift(above)).getResult() : word;
    Value code = arith::ShRSIOp::create(b, top, shift(32 - bits));
    code = arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), code);
    result.push_back(zeros.empty() ? code : arith::SubFOp::create(b, code, zeros[v]).getResult());
  }
  return result;
}

Values Unit::place(int64_t block, int64_t i) {
  int64_t below = block % format.blocksPerWord() * format.blockBits() + i * format.placeBits();
  return llvm::map_to_vector<8>(places[block / format.blocksPerWord()], [&](Value word) {
    return below ? arith::ShRUIOp::create(b, word, shift(below)).getResult() : word;
  });
}

/// One row: each kept code meets the activation that its place selects. A multiply-add waits for
/// the one before it, so there are two sets of sums.
static Values sumSelected(TileBuilder &b, Unit &unit, SparseGroupsAttr format, Value position,
                          ValueRange before) {
  Values next(before);
  for (int64_t block = 0, at = 0; block < unit.blocks(); ++block) {
    Value x = loadBlock(b, b.add(position, b.index(block * format.getM())), format.getM());
    for (int64_t i = 0; i < format.getN(); ++i, ++at) {
      Values codes = unit.code(block, i), places = unit.place(block, i);
      for (int64_t v = 0; v < b.shape.vectors; ++v) {
        Value &sum = next[at % 2 * b.shape.vectors + v];
        sum = b.multiplyAdd(selectByPlace(b, x, places[v], format.getM()), codes[v], sum);
      }
    }
  }
  return next;
}

/// Row k of a block holds the values that stand at k.
static Values sumExpanded(TileBuilder &b, Unit &unit, SparseGroupsAttr format, Value position,
                          ValueRange before) {
  Values next(before);
  Value mask = b.splat(b.getI32IntegerAttr(format.getM() - 1)),
        zero = b.splat(b.getF32FloatAttr(0));
  for (int64_t block = 0; block < unit.blocks(); ++block) {
    SmallVector<Values> codes, places;
    for (int64_t i = 0; i < format.getN(); ++i) {
      codes.push_back(unit.code(block, i));
      places.push_back(unit.place(block, i));
      for (Value &place : places.back())
        place = arith::AndIOp::create(b, place, mask);
    }
    for (int64_t k = 0; k < format.getM(); ++k) {
      Values row(b.shape.vectors, zero);
      Value number = b.splat(b.getI32IntegerAttr(k));
      for (int64_t i = 0; i < format.getN(); ++i)
        for (int64_t v = 0; v < b.shape.vectors; ++v) {
          Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, places[i][v], number);
          row[v] = arith::SelectOp::create(b, here, codes[i][v], row[v]);
        }
      next = b.accumulate(next, b.add(position, b.index(block * format.getM() + k)), row);
    }
  }
  return next;
}

static Values zerosOf(TileBuilder &b, Value group) {
  Values zeros;
  if (b.weight.size() == 4)
    for (Value zero : b.load(b.weight[3], group)) {
      zero = arith::ExtSIOp::create(b, b.vectorOf(b.getI32Type()), zero);
      zeros.push_back(arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), zero));
    }
  return zeros;
}

Values retort::sumSparseGroups(TileBuilder &b, SparseGroupsAttr format, const RowOrder &order) {
  bool isSelecting = b.shape.rows == 1 && canSelect(b.shape.lanes, format.getM());
  int64_t units = format.getSize() / format.unit(), count = b.shape.rows * b.shape.vectors;
  auto sumGroup = [&](Value group) {
    Values zeros = zerosOf(b, group), start = b.zeros();
    if (isSelecting)
      llvm::append_range(start, b.zeros());
    Values part = b.loop(b.index(units), start, [&](Value u, ValueRange before) {
      Value number = b.add(b.multiply(group, units), u);
      Unit unit(b, format, number, zeros);
      Value position = b.multiply(number, format.unit());
      return isSelecting ? sumSelected(b, unit, format, position, before)
                         : sumExpanded(b, unit, format, position, before);
    });
    for (int64_t i = 0; isSelecting && i < count; ++i)
      part[i] = arith::AddFOp::create(b, part[i], part[count + i]);
    part.resize(count);
    return part;
  };
  return b.sumGroups(0, order.groups(), b.zeros(), [&](Value group, ValueRange whole) {
    return b.addScaled(
        whole, [&] { return b.load(b.weight[2], group); }, [&] { return sumGroup(group); });
  });
}
